#include "sim/cluster.h"

#include <string.h>

#include "base/err.h"
#include "sim/standin.h"
#include "wire/ip.h"

enum { FIRST_VRID = 51, FIRST_VIP = 100, VIPS_APART = 16 };

#define NET_192_0_2 0xc0000200u

const char cluster_password[8] = { 'o', 'n', 'l', 'y', ' ', 'u', 's', '!' };

static const char *const host_names[SIM_HOSTS_MAX] = { "node1", "node2", "node3", "node4", "node5",
						       "node6", "node7", "node8", "node9" };
static const char *const links[] = { "eth0" };
static const uint8_t lans[] = { 0 };
static const char *const router_names[CLUSTER_ROUTERS_MAX] = { "VI_1", "VI_2", "VI_3" };
static const char *const check_names[CLUSTER_CHECKS_MAX] = { "check_1", "check_2" };
static const uint32_t everyone[CLUSTER_ROUTERS_MAX] = { 0, 1, 2 };

struct cluster cluster_plain(uint8_t hosts)
{
	struct cluster c = {
		.hosts = hosts,
		.routers = 1,
		.vips = 1,
		.version = 2,
		.family = ADDR_V4,
		.down_adverts = 3,
		.answer_lower = true,
		.track_primary = true,
		.garp = { .delay_us = 5 * USEC_PER_SEC,
			  .repeat = 5,
			  .refresh_repeat = 1,
			  .lower_prio_delay_us = 5 * USEC_PER_SEC,
			  .lower_prio_repeat = 5 },
	};

	for (uint8_t h = 0; h < hosts; h++) {
		c.advert_us[h] = USEC_PER_SEC;
		for (uint8_t r = 0; r < CLUSTER_ROUTERS_MAX; r++)
			c.priority[h][r] = (uint8_t)(100 - 10 * h);
	}
	return c;
}

/* ---- addresses -------------------------------------------------------------------------- */

static struct addr host_address(uint8_t family, uint8_t host)
{
	struct addr a = { .family = ADDR_V6, .b = { 0xfe, 0x80 } };

	if (family == ADDR_V4)
		return addr_v4(NET_192_0_2 + 1u + host);
	a.b[15] = (uint8_t)(1 + host);
	return a;
}

static struct addr vip_address(uint8_t family, uint8_t router, uint8_t vip)
{
	uint8_t last = (uint8_t)(FIRST_VIP + VIPS_APART * router + vip);
	struct addr a = { .family = ADDR_V6, .b = { 0x20, 0x01, 0x0d, 0xb8 } };

	if (family == ADDR_V4)
		return addr_v4(NET_192_0_2 + last);
	if (vip == 0)
		a = (struct addr){ .family = ADDR_V6, .b = { 0xfe, 0x80 } };
	a.b[15] = last;
	return a;
}

static struct vip_conf *make_vips(const struct cluster *c, uint8_t router, struct arena *arena)
{
	struct vip_conf *vips = arena_array(arena, c->vips, sizeof(*vips));

	for (uint8_t v = 0; vips != NULL && v < c->vips; v++)
		vips[v] = (struct vip_conf){
			.addr = vip_address(c->family, router, v),
			.prefix = c->family == ADDR_V4 ? 24 : 64,
		};
	return vips;
}

static struct peer_conf *make_peers(const struct cluster *c, uint8_t host, struct arena *arena)
{
	struct peer_conf *peers = arena_array(arena, c->hosts, sizeof(*peers));
	uint8_t count = 0;

	for (uint8_t h = 0; peers != NULL && h < c->hosts; h++)
		if (h != host)
			peers[count++] = (struct peer_conf){ host_address(c->family, h), 255, 255 };
	return peers;
}

/* ---- parts ------------------------------------------------------------------------------ */

struct parts {
	struct check_conf *checks;
	enum check_kind *kinds;
	struct track_conf *tracks;
	struct peer_conf *peers;
};

static int make_parts(const struct cluster *c, uint8_t host, struct arena *arena, struct parts *ret)
{
	struct parts p = {
		.checks = arena_array(arena, c->checks, sizeof(*p.checks)),
		.kinds = arena_array(arena, c->checks, sizeof(*p.kinds)),
		.tracks = arena_array(arena, c->checks, sizeof(*p.tracks)),
		.peers = make_peers(c, host, arena),
	};

	if (p.checks == NULL || p.kinds == NULL || p.tracks == NULL || p.peers == NULL)
		return E_NOMEM;
	for (uint8_t k = 0; k < c->checks; k++) {
		const struct cluster_check *from = &c->check[k];

		p.checks[k] = (struct check_conf){
			.name = check_names[k],
			.interval_us = from->interval_us,
			.timeout_us = from->timeout_us,
			.rise = from->rise,
			.fall = from->fall,
			.weight = from->weight,
			.reverse = from->reverse,
			.init_fail = from->init_fail,
		};
		p.kinds[k] = from->kind;
		p.tracks[k] = (struct track_conf){ .index = k,
						   .weight = from->weight,
						   .reverse = from->reverse };
	}
	*ret = p;
	return 0;
}

static struct instance_conf make_instance(const struct cluster *c, uint8_t host, uint8_t router,
					  const struct vip_conf *vips, const struct parts *parts)
{
	struct instance_conf i = {
		.name = router_names[router],
		.version = c->version,
		.family = c->family,
		.vrid = (uint8_t)(FIRST_VRID + router),
		.priority = c->priority[host][router],
		.auth_type = (uint8_t)c->auth,
		.advert_us = c->advert_us[host],
		.group = c->family == ADDR_V4 ? vrrp_group4 : vrrp_group6,
		.peers = parts->peers,
		.peer_count = (uint16_t)(c->unicast ? c->hosts - 1 : 0),
		.unicast_ttl = IP_TTL_VRRP,
		.down_adverts = c->down_adverts,
		.preempt = !c->nopreempt[host],
		.preempt_delay_us = c->preempt_delay_us[host],
		.answer_lower = c->answer_lower,
		.send_before_yield = c->send_before_yield,
		.track_primary = c->track_primary,
		.garp = c->garp,
		.vips = vips,
		.vip_count = c->vips,
		.advertised_count = c->vips,
		.checks = parts->tracks,
		.check_count = c->checks,
	};

	if (c->auth != VRRP_AUTH_NONE)
		memcpy(i.auth_key, cluster_password, sizeof(i.auth_key));
	return i;
}

static int make_node(const struct cluster *c, uint8_t host, const struct parts *parts,
		     struct arena *arena, struct node_conf *ret)
{
	struct instance_conf *instances = arena_array(arena, c->routers, sizeof(*instances));
	struct group_conf *group = arena_new(arena, struct group_conf);

	if (instances == NULL || group == NULL)
		return E_NOMEM;
	for (uint8_t r = 0; r < c->routers; r++) {
		struct vip_conf *vips = make_vips(c, r, arena);

		if (vips == NULL)
			return E_NOMEM;
		instances[r] = make_instance(c, host, r, vips, parts);
	}
	*group = (struct group_conf){ "SYNC", everyone, c->routers };
	*ret = (struct node_conf){
		.crypto = &standin_crypto,
		.links = links,
		.link_count = 1,
		.checks = check_names,
		.check_count = c->checks,
		.instances = instances,
		.instance_count = c->routers,
		.groups = group,
		.group_count = c->sync,
	};
	return 0;
}

static int make_host(const struct cluster *c, uint8_t host, struct arena *arena,
		     struct host_conf *ret)
{
	struct node_conf *node = arena_new(arena, struct node_conf);
	struct addr *source = arena_new(arena, struct addr);
	struct addr *source6 = arena_new(arena, struct addr);
	struct parts parts;
	int err;

	if (node == NULL || source == NULL || source6 == NULL)
		return E_NOMEM;
	err = make_parts(c, host, arena, &parts);
	if (err == 0)
		err = make_node(c, host, &parts, arena, node);
	if (err != 0)
		return err;
	*source = host_address(ADDR_V4, host);
	*source6 = host_address(ADDR_V6, host);
	*ret = (struct host_conf){
		.name = host_names[host],
		.node = node,
		.checks = parts.checks,
		.kinds = parts.kinds,
		.check_count = c->checks,
		.sources = source,
		.sources6 = source6,
		.lans = lans,
	};
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
