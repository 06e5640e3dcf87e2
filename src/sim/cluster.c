#include "sim/cluster.h"

#include <string.h>

#include "base/err.h"
#include "wire/ip.h"
#include "wire/vrrp.h"

enum { FIRST_VRID = 51, FIRST_VIP = 100, VIPS_APART = 16 };

#define NET_192_0_2 0xc0000200u

const char cluster_password[8] = { 'o', 'n', 'l', 'y', ' ', 'u', 's', '!' };

static const char *const host_names[SIM_HOSTS_MAX] = { "node1", "node2", "node3", "node4", "node5",
						       "node6", "node7", "node8", "node9" };
static const char *const links[] = { "eth0" };
static const uint8_t lans[] = { 0 };
static const char *const router_names[CLUSTER_ROUTERS_MAX] = { "VI_1", "VI_2", "VI_3" };
static const char *const check_names[CLUSTER_CHECKS_MAX] = { "check_1", "check_2" };

struct cluster cluster_plain(uint8_t hosts)
{
	struct cluster c = {
		.hosts = hosts,
		.routers = 1,
		.vips = 1,
		.advert_us = USEC_PER_SEC,
		.down_adverts = 3,
		.answer_lower = true,
		.track_primary = true,
		.garp = { .delay_us = 5 * USEC_PER_SEC,
			  .repeat = 5,
			  .refresh_repeat = 1,
			  .lower_prio_delay_us = 5 * USEC_PER_SEC,
			  .lower_prio_repeat = 5 },
	};

	for (uint8_t h = 0; h < hosts; h++)
		for (uint8_t g = 0; g < CLUSTER_ROUTERS_MAX; g++)
			c.priority[h][g] = (uint8_t)(100 - 10 * h);
	return c;
}

static struct vip_conf *make_vips(const struct cluster *c, uint8_t router, struct arena *arena)
{
	struct vip_conf *vips = arena_array(arena, c->vips, sizeof(*vips));

	for (uint8_t v = 0; vips != NULL && v < c->vips; v++)
		vips[v] = (struct vip_conf){
			.addr = addr_v4(NET_192_0_2 + FIRST_VIP + VIPS_APART * router + v),
			.prefix = 24,
		};
	return vips;
}

static struct instance_conf make_instance(const struct cluster *c, uint8_t host, uint8_t router,
					  const struct vip_conf *vips,
					  const struct track_conf *tracks)
{
	struct instance_conf i = {
		.name = router_names[router],
		.vrid = (uint8_t)(FIRST_VRID + router),
		.priority = c->priority[host][router],
		.auth_type = c->password ? VRRP_AUTH_PASS : VRRP_AUTH_NONE,
		.advert_us = c->advert_us,
		.down_adverts = c->down_adverts,
		.preempt = !c->nopreempt[host],
		.preempt_delay_us = c->preempt_delay_us[host],
		.answer_lower = c->answer_lower,
		.send_before_yield = c->send_before_yield,
		.track_primary = c->track_primary,
		.garp = c->garp,
		.vips = vips,
		.version = 2,
		.family = ADDR_V4,
		.group = vrrp_group4,
		.vip_count = c->vips,
		.advertised_count = c->vips,
		.checks = tracks,
		.check_count = c->checks,
	};

	if (c->password)
		memcpy(i.auth_key, cluster_password, sizeof(i.auth_key));
	return i;
}

static int make_checks(const struct cluster *c, struct arena *arena, struct check_conf **ret_checks,
		       enum check_kind **ret_kinds, struct track_conf **ret_tracks)
{
	struct check_conf *checks = arena_array(arena, c->checks, sizeof(*checks));
	enum check_kind *kinds = arena_array(arena, c->checks, sizeof(*kinds));
	struct track_conf *tracks = arena_array(arena, c->checks, sizeof(*tracks));

	if (checks == NULL || kinds == NULL || tracks == NULL)
		return E_NOMEM;
	for (uint8_t k = 0; k < c->checks; k++) {
		const struct cluster_check *from = &c->check[k];

		checks[k] = (struct check_conf){
			.name = check_names[k],
			.interval_us = from->interval_us,
			.timeout_us = from->timeout_us,
			.rise = from->rise,
			.fall = from->fall,
			.weight = from->weight,
			.reverse = from->reverse,
			.init_fail = from->init_fail,
		};
		kinds[k] = from->kind;
		tracks[k] = (struct track_conf){ k, from->weight, from->reverse };
	}
	*ret_checks = checks;
	*ret_kinds = kinds;
	*ret_tracks = tracks;
	return 0;
}

static int make_host(const struct cluster *c, uint8_t host, struct arena *arena,
		     struct host_conf *ret)
{
	struct node_conf *node = arena_new(arena, struct node_conf);
	struct instance_conf *instances = arena_array(arena, c->routers, sizeof(*instances));
	struct addr *source = arena_new(arena, struct addr);
	struct check_conf *checks;
	struct track_conf *tracks;
	enum check_kind *kinds;
	int err = make_checks(c, arena, &checks, &kinds, &tracks);

	if (err != 0 || node == NULL || instances == NULL || source == NULL)
		return E_NOMEM;
	for (uint8_t g = 0; g < c->routers; g++) {
		struct vip_conf *vips = make_vips(c, g, arena);

		if (vips == NULL)
			return E_NOMEM;
		instances[g] = make_instance(c, host, g, vips, tracks);
	}
	*node = (struct node_conf){
		.links = links,
		.link_count = 1,
		.checks = check_names,
		.check_count = c->checks,
		.instances = instances,
		.instance_count = c->routers,
	};
	*source = addr_v4(NET_192_0_2 + 1 + host);
	*ret = (struct host_conf){ host_names[host], node, checks, kinds, source, lans };
	return 0;
}

int cluster_make(const struct cluster *c, struct arena *arena, struct host_conf *ret_hosts)
{
	int err = 0;

	for (uint8_t h = 0; h < c->hosts && err == 0; h++)
		err = make_host(c, h, arena, &ret_hosts[h]);
	return err;
}

struct world_conf cluster_world(const struct cluster *c, uint64_t seed)
{
	return (struct world_conf){
		.host_count = c->hosts,
		.client_count = 1,
		.path = { .delay_us = 200 },
		.probe_us = 20000,
		.primary = SIM_NONE,
		.seed = seed,
		.queue_room = 4096,
		.packet_room = 1024,
	};
}
