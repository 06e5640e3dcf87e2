#include "sim/world.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "sim/inside.h"

enum { DATAGRAM_MIN = 128 }; /* an attacker's may be longer than ours */

/* ---- making ----------------------------------------------------------------------------- */

static uint16_t find_vip(struct world *w, const struct addr *addr, uint8_t lan)
{
	for (uint16_t i = 0; i < w->vip_count; i++)
		if (w->vips[i].lan == lan && addr_equal(&w->vips[i].addr, addr))
			return i;
	w->vips[w->vip_count] = (struct world_vip){ .addr = *addr,
						    .lan = lan,
						    .need = w->conf->need };
	return w->vip_count++;
}

static struct router *find_router(struct world *w, uint8_t lan, uint8_t vrid)
{
	struct router *g = w->routers;

	for (; g < w->routers + w->router_count; g++)
		if (g->lan == lan && g->vrid == vrid)
			return g;
	w->router_count++;
	*g = (struct router){ .lan = lan, .vrid = vrid };
	for (int h = 0; h < SIM_HOSTS_MAX; h++)
		g->member[h] = INSTANCE_NONE;
	return g;
}

/* Numbers the addresses and the virtual routers of one host. */
static int number_host(struct world *w, uint8_t n)
{
	const struct host_conf *c = w->conf->hosts + n;
	uint32_t count = c->node->instance_count, total = 0;
	uint16_t *first, *ids;

	for (uint32_t i = 0; i < count; i++)
		total += c->node->instances[i].vip_count;
	first = arena_array(w->arena, count, sizeof(*first));
	ids = arena_array(w->arena, total, sizeof(*ids));
	if (first == NULL || ids == NULL)
		return E_NOMEM;
	total = 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct instance_conf *ic = &c->node->instances[i];

		first[i] = (uint16_t)total;
		for (uint16_t v = 0; v < ic->vip_count; v++)
			ids[total++] = find_vip(w, &ic->vips[v].addr, c->lans[ic->vips[v].link]);
		find_router(w, c->lans[ic->link], ic->vrid)->member[n] = i;
	}
	w->hosts[n].vips = first;
	w->hosts[n].vip_ids = ids;
	w->hosts[n].vip_id_count = total;
	return 0;
}

static int number_all(struct world *w)
{
	uint32_t vips = 0, instances = 0;
	int err = 0;

	for (uint8_t n = 0; n < w->conf->host_count; n++) {
		const struct node_conf *c = w->conf->hosts[n].node;

		instances += c->instance_count;
		for (uint32_t i = 0; i < c->instance_count; i++)
			vips += c->instances[i].vip_count;
	}
	w->vips = arena_array(w->arena, vips, sizeof(*w->vips));
	w->routers = arena_array(w->arena, instances, sizeof(*w->routers));
	if (w->vips == NULL || w->routers == NULL)
		return E_NOMEM;
	for (uint8_t n = 0; n < w->conf->host_count && err == 0; n++)
		err = number_host(w, n);
	return err;
}

static uint32_t longest_datagram(const struct world_conf *c)
{
	size_t most = DATAGRAM_MIN;

	for (uint8_t n = 0; n < c->host_count; n++) {
		for (uint32_t i = 0; i < c->hosts[n].node->instance_count; i++) {
			const struct instance_conf *ic = &c->hosts[n].node->instances[i];
			size_t each = outgoing_size(ic) / (ic->peer_count > 0 ? ic->peer_count : 1);

			if (each > most)
				most = each;
		}
	}
	return (uint32_t)most;
}

static int make_clients(struct world *w)
{
	for (uint8_t c = 0; c < w->conf->client_count; c++) {
		struct cache_entry *cache = arena_array(w->arena, w->vip_count, sizeof(*cache));

		if (cache == NULL)
			return E_NOMEM;
		for (uint16_t v = 0; v < w->vip_count; v++)
			cache[v].host = SIM_NONE;
		w->clients[c] = (struct client){
			.cache = cache,
			.favourite = (uint8_t)(c % w->conf->host_count),
		};
	}
	return 0;
}

int world_init(struct world *w, const struct world_conf *conf, const struct world_hooks *hooks,
	       struct arena *arena)
{
	int err;

	assert(conf->host_count > 0 && conf->host_count <= SIM_HOSTS_MAX);
	assert(conf->client_count <= SIM_CLIENTS_MAX && conf->backlog <= BACKLOG_MAX);
	memset(w, 0, sizeof(*w));
	w->conf = conf;
	w->arena = arena;
	w->rng.state = conf->seed;
	w->lost_at = USEC_NEVER;
	if (hooks != NULL)
		w->hooks = *hooks;
	err = queue_init(&w->queue, arena, conf->queue_room);
	if (err == 0)
		err = net_init(&w->net, arena, &conf->path, longest_datagram(conf),
			       conf->packet_room);
	if (err == 0)
		err = number_all(w);
	for (uint8_t n = 0; n < conf->host_count && err == 0; n++)
		err = host_init(w, n);
	if (err == 0)
		err = make_clients(w);
	return err;
}

/* ---- time ------------------------------------------------------------------------------- */

void world_later(struct world *w, usec_t when, enum happening kind, uint16_t who, uint32_t what)
{
	if (!queue_put(&w->queue, when, (uint16_t)kind, who, what))
		w->overflow = true;
}

bool world_chance(struct world *w, uint16_t of_65536)
{
	return of_65536 > 0 && prng_below(&w->rng, 65536) < of_65536;
}

usec_t world_spread(struct world *w, usec_t up_to)
{
	return up_to > 0 ? prng_below(&w->rng, up_to + 1) : 0;
}

static void happen(struct world *w, const struct queue_item *item)
{
	uint8_t who = (uint8_t)item->who;

	switch ((enum happening)item->kind) {
	case HAPPENS_PACKET:
		host_receive(w, who, item->what);
		return;
	case HAPPENS_ARP:
		client_hears(w, who, (uint8_t)(item->what >> 16), (uint16_t)item->what);
		return;
	case HAPPENS_WORK:
		kernel_work(w, who, item->what);
		return;
	case HAPPENS_ANSWER:
		kernel_answer(w, who, item->what);
		return;
	case HAPPENS_CLIENT:
		client_due(w, who, (uint16_t)item->what, item->what >> 16);
		return;
	case HAPPENS_BOOT:
		host_boot(w, who, item->what);
		return;
	case HAPPENS_LEASE:
		kernel_lease_ends(w, who, item->what);
		return;
	case HAPPENS_PROMOTE:
		data_promote(w, who, item->what);
		return;
	}
}

/* Draws the conclusions of a change: replication, caches, promotion. */
static void settle(struct world *w)
{
	w->touched = false;
	for (uint8_t c = 0; c < w->conf->client_count; c++)
		client_look(w, c);
	data_settle(w);
	if (w->hooks.changed != NULL)
		w->hooks.changed(w->hooks.ctx, w);
}

static uint8_t first_host(const struct world *w, usec_t *ret_when)
{
	usec_t first = USEC_NEVER;
	uint8_t who = 0;

	for (uint8_t n = 0; n < w->conf->host_count; n++) {
		usec_t wake = usec_min(w->hosts[n].node_wake, w->hosts[n].probe_wake);

		if (wake < first) {
			first = wake;
			who = n;
		}
	}
	*ret_when = first;
	return who;
}

void world_run(struct world *w, usec_t until)
{
	for (;;) {
		usec_t queued = queue_when(&w->queue), wake;
		uint8_t host = first_host(w, &wake);
		usec_t next = usec_min(queued, wake);

		if (w->touched) {
			settle(w);
			continue;
		}
		if (next > until)
			break;
		w->now = usec_max(w->now, next);
		if (wake < queued || (wake == queued && w->conf->hosts_first)) {
			host_serve(w, host);
		} else {
			struct queue_item item = queue_take(&w->queue);

			happen(w, &item);
		}
	}
	w->now = until;
}

/* ---- the network ------------------------------------------------------------------------ */

void world_cut(struct world *w, uint8_t from, uint8_t to, bool cut)
{
	for (int lan = 0; lan < SIM_LANS_MAX; lan++)
		w->net.paths[lan][from][to].cut = cut;
	w->touched = true;
}

void world_filter(struct world *w, uint8_t from, uint8_t to, bool filtered)
{
	for (int lan = 0; lan < SIM_LANS_MAX; lan++)
		w->net.paths[lan][from][to].no_vrrp = filtered;
}

void world_inject(struct world *w, uint8_t lan, struct bytes datagram)
{
	struct packet *p = net_keep(&w->net, datagram);

	if (p == NULL) {
		w->overflow = true;
		return;
	}
	p->from = SIM_NONE;
	p->lan = lan;
	p->forged = true;
	p->sent_at = w->now;
	for (uint8_t n = 0; n < w->conf->host_count; n++) {
		if (host_link(&w->hosts[n], lan) == LINK_NONE)
			continue;
		p->refs++;
		world_later(w, w->now, HAPPENS_PACKET, n, net_slot(&w->net, p));
	}
}

/* ---- looking ---------------------------------------------------------------------------- */

const struct instance *host_instance(const struct world *w, const struct router *g, uint8_t n)
{
	const struct host *h = &w->hosts[n];

	if (g->member[n] == INSTANCE_NONE || h->power == POWER_OFF || h->daemon == DAEMON_NONE)
		return NULL;
	return &h->node.instances[g->member[n]];
}

enum vrrp_state host_state(const struct world *w, const struct router *g, uint8_t n)
{
	const struct instance *i = host_instance(w, g, n);

	return i != NULL ? i->state : VRRP_INIT;
}

bool host_holds(const struct world *w, const struct router *g, uint8_t n)
{
	const struct host *h = &w->hosts[n];
	uint32_t i = g->member[n];

	if (i == INSTANCE_NONE || h->power == POWER_OFF)
		return false;
	for (uint16_t v = 0; v < h->conf->node->instances[i].vip_count; v++)
		if (!h->held[host_vip(h, i, v)])
			return false;
	return true;
}
