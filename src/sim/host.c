/* One machine: power, the daemon with the real node in it, its checks, and its ears. It is the
 * driver of node_step() here, as the engine is in production. */
#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "core/receive.h"
#include "sim/inside.h"

enum {
	BLOCK_ROUND = 65536,  /* arenas take memory in blocks; some is left over in each */
	STEPS_AT_ONCE = 4096, /* more of them at one moment, and a node will never rest */
};

/* ---- memory of a node ------------------------------------------------------------------- */

static void *slab_get(void *ctx, size_t size)
{
	struct host *h = ctx;
	size_t at = h->memory_used;

	if (size > h->memory_size - at)
		return NULL;
	h->memory_used += (size + 15) & ~(size_t)15;
	return h->memory + at;
}

static void slab_put(void *ctx, void *block)
{
	(void)ctx, (void)block; /* the slab is emptied as a whole */
}

static size_t memory_needed(const struct node_conf *c)
{
	size_t size = BLOCK_ROUND;

	for (uint32_t i = 0; i < c->instance_count; i++)
		size += 2 * sizeof(struct instance) + outgoing_size(&c->instances[i]) + 64;
	return size + 64 * ((size_t)c->link_count + c->check_count);
}

/* Makes the node afresh. Returns what node_init() says. */
static int make_node(struct host *h)
{
	h->memory_used = 0;
	arena_init(&h->arena, slab_get, slab_put, h);
	return node_init(&h->node, h->conf->node, &h->arena);
}

int host_init(struct world *w, uint8_t n)
{
	const struct host_conf *c = &w->conf->hosts[n];
	const struct node_conf *nc = c->node;
	struct host *h = &w->hosts[n];

	h->conf = c;
	h->memory_size = memory_needed(nc);
	h->memory = arena_alloc(w->arena, h->memory_size);
	h->carrier = arena_array(w->arena, nc->link_count, sizeof(*h->carrier));
	h->held = arena_array(w->arena, w->vip_count, sizeof(*h->held));
	h->robbed = arena_array(w->arena, h->vip_id_count, sizeof(*h->robbed));
	h->unfinished = arena_array(w->arena, nc->instance_count, sizeof(*h->unfinished));
	h->refused_at = arena_array(w->arena, nc->instance_count, sizeof(*h->refused_at));
	h->probes = arena_array(w->arena, c->check_count, sizeof(*h->probes));
	if (h->memory == NULL || h->carrier == NULL || h->held == NULL || h->robbed == NULL ||
	    h->unfinished == NULL || h->refused_at == NULL || h->probes == NULL)
		return E_NOMEM;
	for (uint16_t l = 0; l < nc->link_count; l++)
		h->carrier[l] = true;
	h->node_wake = h->probe_wake = h->deadline = USEC_NEVER;
	h->service.writable = w->conf->primary == SIM_NONE || w->conf->primary == n;
	h->service.has = 1;
	return make_node(h);
}

/* ---- driving the node ------------------------------------------------------------------- */

uint16_t host_link(const struct host *h, uint8_t lan)
{
	for (uint16_t l = 0; l < h->conf->node->link_count; l++)
		if (h->conf->lans[l] == lan)
			return l;
	return LINK_NONE;
}

static uint32_t named_by(const struct host *h, const struct event *ev)
{
	const struct node_conf *c = h->conf->node;
	struct received r;

	if (packet_open(ev->packet.datagram, &r) != DROP_NONE || !r.has_vrid)
		return INSTANCE_NONE;
	for (uint32_t i = 0; i < c->instance_count; i++)
		if (c->instances[i].link == ev->packet.link &&
		    c->instances[i].family == r.ip.src.family && c->instances[i].vrid == r.vrid)
			return i;
	return INSTANCE_NONE;
}

/* Which instance |ev| may move, before it does. */
static uint32_t moved_by(const struct host *h, const struct event *ev)
{
	const struct heap_item *first = heap_first(&h->node.heap);

	switch (ev->kind) {
	case EV_DEADLINE:
		return first != NULL ? first->id : INSTANCE_NONE;
	case EV_PACKET:
		return named_by(h, ev);
	case EV_RESULT:
		return ev->result.instance;
	case EV_LOST:
		return ev->lost.instance;
	case EV_START:
	case EV_STOP:
	case EV_LINK:
	case EV_CHECK:
		return INSTANCE_NONE;
	}
	return INSTANCE_NONE;
}

void host_step(struct world *w, uint8_t n, const struct event *ev, const struct packet *packet)
{
	struct host *h = &w->hosts[n];
	struct actions out;
	struct stepped s;

	s.host = n;
	s.now = host_clock(w, n);
	s.ev = ev;
	s.instance = moved_by(h, ev);
	s.out = &out;
	s.packet = packet;
	if (s.instance != INSTANCE_NONE)
		s.before = h->node.instances[s.instance];
	node_step(&h->node, s.now, ev, &out);
	w->steps++;
	w->touched |= out.count > 0;
	if (w->hooks.stepped != NULL)
		w->hooks.stepped(w->hooks.ctx, w, &s);
	for (uint32_t i = 0; i < out.count; i++)
		kernel_carry_out(w, n, &out.list[i]);
}

static void tell_link(struct world *w, uint8_t n, uint16_t link)
{
	const struct host *h = &w->hosts[n];
	struct event ev = { .kind = EV_LINK,
			    .link = { .source = h->conf->sources[link],
				      .source6 = h->conf->sources6[link],
				      .link = link,
				      .up = h->carrier[link] } };

	host_step(w, n, &ev, NULL);
}

static void tell_check(struct world *w, uint8_t n, uint16_t check)
{
	static const enum verdict verdicts[] = {
		[JUDGE_UNKNOWN] = VERDICT_UNKNOWN,
		[JUDGE_UP] = VERDICT_UP,
		[JUDGE_DOWN] = VERDICT_DOWN,
	};
	struct event ev = { .kind = EV_CHECK, .check = { .check = check } };

	ev.check.verdict = verdicts[w->hosts[n].probes[check].judge.verdict];
	host_step(w, n, &ev, NULL);
}

/* A tracked file says the same all the time. */
static void tell_file(struct world *w, uint8_t n, uint16_t check)
{
	const struct host_conf *c = w->hosts[n].conf;
	struct event ev = { .kind = EV_CHECK,
			    .check = { .check = check,
				       .verdict = VERDICT_UP,
				       .value = c->values[check - c->check_count] } };

	host_step(w, n, &ev, NULL);
}

void host_set_wakes(struct world *w, uint8_t n)
{
	struct host *h = &w->hosts[n];
	usec_t deadline = node_deadline(&h->node), probe = USEC_NEVER;

	if (!host_works(h)) {
		h->node_wake = h->probe_wake = USEC_NEVER;
		h->deadline = USEC_NEVER;
		return;
	}
	if (deadline != h->deadline) {
		usec_t wake = deadline == USEC_NEVER ? USEC_NEVER : deadline - h->skew_us;

		h->deadline = deadline;
		if (wake != USEC_NEVER)
			wake = usec_max(wake, w->now) + world_spread(w, w->conf->lateness_us);
		h->node_wake = wake;
	}
	for (uint16_t c = 0; c < h->conf->check_count; c++)
		probe = usec_min(probe, probe_deadline(&h->probes[c]));
	h->probe_wake = probe == USEC_NEVER ? USEC_NEVER : usec_max(probe - h->skew_us, w->now);
}

static void daemon_gone(struct world *w, uint8_t n)
{
	struct host *h = &w->hosts[n];

	h->daemon = DAEMON_NONE;
	h->in_order = false;
	h->starts++;
	h->blocked_at = w->now;
	for (uint8_t i = 0; i < h->backlog_count; i++)
		net_packet(&w->net, h->backlog[i])->refs--;
	h->backlog_count = 0;
	memset(h->unfinished, 0, h->conf->node->instance_count * sizeof(*h->unfinished));
	w->touched = true;
	host_set_wakes(w, n);
}

void host_leave(struct world *w, uint8_t n)
{
	struct host *h = &w->hosts[n];

	if (!host_works(h) || !h->node.view.stopping || !node_stopped(&h->node))
		return;
	for (uint32_t i = 0; i < h->conf->node->instance_count; i++)
		if (h->unfinished[i] > 0)
			return;
	daemon_gone(w, n);
	h->in_order = true;
}

void host_serve(struct world *w, uint8_t n)
{
	struct host *h = &w->hosts[n];
	usec_t now = host_clock(w, n);
	unsigned steps = 0;

	for (uint16_t c = 0; c < h->conf->check_count; c++) {
		struct probe *p = &h->probes[c];

		if (probe_deadline(p) <= now && probe_due(p, now, data_sight(w, n, p)))
			tell_check(w, n, c);
	}
	while (h->node_wake <= w->now && node_deadline(&h->node) <= now && !w->restless) {
		host_step(w, n, &(struct event){ .kind = EV_DEADLINE }, NULL);
		w->restless = ++steps > STEPS_AT_ONCE;
	}
	host_set_wakes(w, n);
	host_leave(w, n);
}

void host_receive(struct world *w, uint8_t n, uint32_t slot)
{
	struct host *h = &w->hosts[n];
	struct packet *p = net_packet(&w->net, slot);
	uint16_t link = host_link(h, p->lan);
	bool asleep = h->power == POWER_PAUSED || h->daemon == DAEMON_HANGS;
	bool hears = h->power != POWER_OFF && h->daemon != DAEMON_NONE && h->carrier[link];
	struct event ev = { .kind = EV_PACKET,
			    .packet = { .datagram = { p->bytes, p->len }, .link = link } };

	if (hears && asleep && h->backlog_count < w->conf->backlog) {
		h->backlog[h->backlog_count++] = slot;
		return;
	}
	if (hears && !asleep)
		host_step(w, n, &ev, p);
	else if (p->from != SIM_NONE)
		w->net.lost_at[p->from][n] = usec_max(w->net.lost_at[p->from][n], w->now);
	p->refs--;
	if (hears && !asleep)
		host_set_wakes(w, n);
}

/* ---- power and daemon ------------------------------------------------------------------- */

void world_daemon_start(struct world *w, uint8_t n)
{
	struct host *h = &w->hosts[n];
	const struct node_conf *c = h->conf->node;
	usec_t now = host_clock(w, n);
	int err;

	if (h->power == POWER_OFF || h->daemon != DAEMON_NONE)
		return;
	memset(h->robbed, 0, h->vip_id_count * sizeof(*h->robbed));
	err = make_node(h);
	assert(err == 0);
	(void)err;
	h->daemon = DAEMON_RUNS;
	h->in_order = false;
	h->starts++;
	h->blocked_at = 0;
	h->woke_at = w->now;
	for (uint16_t i = 0; i < h->conf->check_count; i++) {
		usec_t first = now;

		if (w->conf->shuffle)
			first += world_spread(w, h->conf->checks[i].interval_us);
		probe_init(&h->probes[i], &h->conf->checks[i], h->conf->kinds[i], w->conf->probe_us,
			   now, first);
		h->probes[i].idle = h->worker_dead;
	}
	for (uint16_t l = 0; l < c->link_count; l++)
		tell_link(w, n, l);
	for (uint16_t i = 0; i < h->conf->check_count; i++)
		tell_check(w, n, i);
	for (uint16_t i = h->conf->check_count; i < c->check_count; i++)
		tell_file(w, n, i);
	host_step(w, n, &(struct event){ .kind = EV_START }, NULL);
	w->touched = true;
	host_set_wakes(w, n);
}

void host_boot(struct world *w, uint8_t n, uint32_t starts)
{
	if (w->hosts[n].starts == starts && w->hosts[n].power == POWER_ON)
		world_daemon_start(w, n);
}

void world_power(struct world *w, uint8_t n, bool on)
{
	struct host *h = &w->hosts[n];
	usec_t boots = w->conf->boot_us;

	if (on == (h->power != POWER_OFF))
		return;
	daemon_gone(w, n);
	kernel_reset(w, n);
	h->power = on ? POWER_ON : POWER_OFF;
	if (!on)
		return;
	/* A clock that begins at zero could not tell "never" from "at the beginning". */
	h->skew_us = w->conf->shuffle ? USEC_PER_SEC + world_spread(w, 1000 * USEC_PER_SEC) : 0;
	h->service.state = SERVICE_UP;
	if (w->conf->shuffle)
		boots += world_spread(w, boots);
	world_later(w, w->now + boots, HAPPENS_BOOT, n, h->starts);
}

static void lease_begins_to_end(struct world *w, uint8_t n)
{
	if (w->conf->kernel.lease_us > 0)
		world_later(w, w->now + w->conf->kernel.lease_us, HAPPENS_LEASE, n,
			    w->hosts[n].starts);
}

void world_daemon_kill(struct world *w, uint8_t n)
{
	if (w->hosts[n].daemon == DAEMON_NONE)
		return;
	daemon_gone(w, n);
	lease_begins_to_end(w, n);
}

void world_daemon_stop(struct world *w, uint8_t n)
{
	if (!host_works(&w->hosts[n]))
		return;
	host_step(w, n, &(struct event){ .kind = EV_STOP }, NULL);
	host_set_wakes(w, n);
}

static void tell_losses(struct world *w, uint8_t n, uint32_t i)
{
	struct host *h = &w->hosts[n];

	for (uint16_t v = 0; v < h->conf->node->instances[i].vip_count; v++) {
		struct event ev = { .kind = EV_LOST, .lost = { .instance = i, .item = v } };
		bool *robbed = &h->robbed[h->vips[i] + v];

		if (*robbed && !h->held[host_vip(h, i, v)])
			host_step(w, n, &ev, NULL);
		*robbed = false;
	}
}

/* What has gathered while nobody looked: links, lost addresses, packets, results. */
static void wake_up(struct world *w, uint8_t n)
{
	struct host *h = &w->hosts[n];

	h->woke_at = w->now;
	h->blocked_at = 0;
	for (uint16_t l = 0; l < h->conf->node->link_count; l++)
		tell_link(w, n, l);
	for (uint32_t i = 0; i < h->conf->node->instance_count; i++)
		tell_losses(w, n, i);
	for (uint8_t i = 0; i < h->backlog_count; i++)
		world_later(w, w->now, HAPPENS_PACKET, n, h->backlog[i]);
	h->backlog_count = 0;
	kernel_release_held_up(w, n);
	host_set_wakes(w, n);
}

void world_pause(struct world *w, uint8_t n, bool paused)
{
	struct host *h = &w->hosts[n];

	if (h->power == POWER_OFF || paused == (h->power == POWER_PAUSED))
		return;
	h->power = paused ? POWER_PAUSED : POWER_ON;
	w->touched = true;
	if (paused && h->daemon == DAEMON_RUNS)
		h->blocked_at = w->now;
	host_set_wakes(w, n);
	if (host_works(h))
		wake_up(w, n);
}

void world_daemon_hang(struct world *w, uint8_t n, bool hangs)
{
	struct host *h = &w->hosts[n];

	if (h->daemon == DAEMON_NONE || hangs == (h->daemon == DAEMON_HANGS))
		return;
	h->daemon = hangs ? DAEMON_HANGS : DAEMON_RUNS;
	w->touched = true;
	if (hangs && h->power == POWER_ON) {
		h->blocked_at = w->now;
		lease_begins_to_end(w, n);
	}
	host_set_wakes(w, n);
	if (host_works(h))
		wake_up(w, n);
}

void world_worker(struct world *w, uint8_t n, bool alive)
{
	struct host *h = &w->hosts[n];

	h->worker_dead = !alive;
	for (uint16_t c = 0; c < h->conf->check_count; c++)
		probe_idle(&h->probes[c], host_clock(w, n), !alive);
	host_set_wakes(w, n);
}

void world_carrier(struct world *w, uint8_t n, uint16_t link, bool up)
{
	struct host *h = &w->hosts[n];

	if (h->carrier[link] == up)
		return;
	h->carrier[link] = up;
	w->touched = true;
	if (!host_works(h))
		return;
	tell_link(w, n, link);
	host_set_wakes(w, n);
}
