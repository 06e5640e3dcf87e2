#include "sim/swarm.h"

#include <string.h>

#include "base/err.h"
#include "sim/nemesis.h"

/* ---- drawing ---------------------------------------------------------------------------- */

static uint64_t between(struct prng *r, uint64_t least, uint64_t most)
{
	return least + prng_below(r, most - least + 1);
}

static bool one_in(struct prng *r, uint64_t n)
{
	return prng_below(r, n) == 0;
}

static uint64_t one_of(struct prng *r, const uint64_t *list, size_t count)
{
	return list[prng_below(r, count)];
}

#define ONE_OF(r, ...)                                                                             \
	one_of((r), (const uint64_t[]){ __VA_ARGS__ },                                             \
	       sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

/* Priorities: often far apart, sometimes equal, at times with an owner. */
static void draw_priorities(struct prng *r, struct cluster *c)
{
	bool equal = one_in(r, 4), owner = one_in(r, 8);
	uint64_t step = ONE_OF(r, 1, 5, 10, 20);

	for (uint8_t g = 0; g < CLUSTER_ROUTERS_MAX; g++) {
		for (uint8_t h = 0; h < c->hosts; h++) {
			uint64_t rank = (uint64_t)(h + g) % c->hosts;

			c->priority[h][g] = (uint8_t)(equal ? 100 : 250 - step * rank);
			if (!equal && one_in(r, 6))
				c->priority[h][g] = (uint8_t)between(r, 1, 254);
			if (owner && rank == 0)
				c->priority[h][g] = 255;
		}
	}
}

static void draw_preemption(struct prng *r, struct cluster *c)
{
	uint64_t mode = prng_below(r, 4);

	for (uint8_t h = 0; h < c->hosts; h++) {
		c->nopreempt[h] = mode == 1 || (mode == 3 && one_in(r, 2));
		if (mode == 2 || (mode == 3 && !c->nopreempt[h] && one_in(r, 2)))
			c->preempt_delay_us[h] = between(r, 1, 20) * USEC_PER_SEC;
		for (uint8_t g = 0; g < CLUSTER_ROUTERS_MAX; g++)
			if (c->priority[h][g] == 255) {
				c->nopreempt[h] = false;
				c->preempt_delay_us[h] = 0;
			}
	}
}

static void draw_checks(struct prng *r, struct cluster *c)
{
	c->checks = (uint8_t)prng_below(r, CLUSTER_CHECKS_MAX + 1);
	for (uint8_t k = 0; k < c->checks; k++)
		c->check[k] = (struct cluster_check){
			.interval_us = between(r, 1, 5) * USEC_PER_SEC,
			.timeout_us = between(r, 1, 5) * USEC_PER_SEC,
			.rise = (uint32_t)between(r, 1, 3),
			.fall = (uint32_t)between(r, 1, 3),
			.weight = (int16_t)((int)ONE_OF(r, 0, 253, 273, 203, 503, 506, 0) - 253),
			.reverse = one_in(r, 8),
			.init_fail = one_in(r, 8),
			.kind = (enum check_kind)ONE_OF(r, CHECK_ALIVE, CHECK_ALIVE, CHECK_ALWAYS,
							CHECK_GATEWAY),
		};
}

/* The protocol: mostly keepalived's default, and everything else in turn. Version 3 has neither
 * authentication nor whole seconds, and its hosts need not even agree on the interval. */
static void draw_protocol(struct prng *r, struct cluster *c)
{
	usec_t all = ONE_OF(r, 1, 1, 1, 2, 3) * USEC_PER_SEC;
	bool v3 = one_in(r, 3), mixed = one_in(r, 3);

	c->version = v3 ? 3 : 2;
	c->family = v3 && one_in(r, 2) ? ADDR_V6 : ADDR_V4;
	c->unicast = one_in(r, 4);
	c->auth = (enum vrrp_auth)ONE_OF(r, VRRP_AUTH_NONE, VRRP_AUTH_PASS, VRRP_AUTH_PASS,
					 VRRP_AUTH_AH);
	if (v3) {
		c->auth = VRRP_AUTH_NONE;
		all = ONE_OF(r, 10, 50, 100, 250) * 10 * USEC_PER_MSEC;
		c->vips = c->vips == 0 ? 1 : c->vips;
	}
	for (uint8_t h = 0; h < c->hosts; h++)
		c->advert_us[h] = v3 && mixed ? all * between(r, 1, 3) : all;
}

static usec_t fastest(const struct cluster *c)
{
	usec_t least = c->advert_us[0];

	for (uint8_t h = 1; h < c->hosts; h++)
		least = usec_min(least, c->advert_us[h]);
	return least;
}

static usec_t slowest(const struct cluster *c)
{
	usec_t most = 0;

	for (uint8_t h = 0; h < c->hosts; h++)
		most = usec_max(most, c->advert_us[h]);
	return most;
}

/* What is MASTER together must be wanted together. */
static void draw_sync(struct prng *r, struct cluster *c)
{
	c->sync = c->routers > 1 && one_in(r, 3);
	for (uint8_t h = 0; c->sync && h < c->hosts; h++)
		for (uint8_t g = 1; g < c->routers; g++)
			c->priority[h][g] = c->priority[h][0];
}

static void draw_cluster(struct prng *r, struct cluster *c, uint8_t hosts)
{
	uint8_t drawn = (uint8_t)ONE_OF(r, 2, 2, 3, 3, 3, 4, 5, 7, 9);

	*c = cluster_plain(hosts != 0 ? hosts : drawn);
	c->routers = (uint8_t)ONE_OF(r, 1, 1, 2, 3);
	c->vips = (uint8_t)ONE_OF(r, 1, 1, 2, 8, 0);
	draw_protocol(r, c);
	c->down_adverts = (uint8_t)ONE_OF(r, 3, 3, 3, 2, 5);
	c->answer_lower = !one_in(r, 4);
	/* With intervals that differ, the last advert of one that yields teaches the others an
	 * interval nobody keeps: they take over from a MASTER that is well, for ever. */
	c->send_before_yield = one_in(r, 4) && fastest(c) == slowest(c);
	c->track_primary = !one_in(r, 6);
	c->garp.delay_us = ONE_OF(r, 0, 1, 5) * USEC_PER_SEC;
	c->garp.refresh_us = ONE_OF(r, 0, 0, 10) * USEC_PER_SEC;
	c->garp.repeat = (uint8_t)ONE_OF(r, 1, 5);
	draw_priorities(r, c);
	draw_sync(r, c);
	draw_preemption(r, c);
	draw_checks(r, c);
}

static void draw_network(struct prng *r, struct swarm_options *o)
{
	o->path = (struct path){
		.loss = one_in(r, 2) ? (uint16_t)prng_below(r, 20000) : 0,
		.twice = one_in(r, 3) ? (uint16_t)prng_below(r, 20000) : 0,
		.late = one_in(r, 3) ? (uint16_t)prng_below(r, 10000) : 0,
		.delay_us = ONE_OF(r, 50, 200, 1000, 20000),
		.jitter_us = ONE_OF(r, 0, 100, 1000, 30000),
		.late_us = ONE_OF(r, 50000, 1000000, 4000000),
	};
	o->loss_burst = (uint16_t)between(r, 10000, 65535);
}

static void draw_hosts(struct prng *r, struct swarm_options *o)
{
	o->kernel = (struct kernel_conf){
		.delay_us = ONE_OF(r, 0, 0, 100, 200000),
		.jitter_us = ONE_OF(r, 0, 0, 100, 1500000),
		.refuse_add = (uint16_t)between(r, 5000, 65535),
		.refuse_del = (uint16_t)between(r, 5000, 65535),
		.refuse_send = (uint16_t)prng_below(r, 65536),
		.lease_us = one_in(r, 2) ? 60 * USEC_PER_SEC : 0,
	};
	o->lateness_us = ONE_OF(r, 0, 0, 200, 5000, 100000);
	o->lateness_us = usec_min(o->lateness_us, fastest(&o->cluster) / 20);
	o->probe_us = ONE_OF(r, 1000, 20000, 400000);
	o->boot_us = ONE_OF(r, 100000, 2000000);
	o->hosts_first = one_in(r, 2);
	o->backlog = (uint8_t)ONE_OF(r, 0, 1, BACKLOG_MAX);
}

void swarm_draw(struct swarm_options *o, uint64_t seed, uint8_t hosts)
{
	struct prng r = { seed };

	memset(o, 0, sizeof(*o));
	o->seed = seed;
	draw_cluster(&r, &o->cluster, hosts);
	draw_network(&r, o);
	draw_hosts(&r, o);
	o->between_us = ONE_OF(&r, 500, 1000, 3000, 10000) * USEC_PER_MSEC;
	for (int f = 0; f < FAULT_COUNT; f++)
		o->weight[f] = (uint8_t)ONE_OF(&r, 0, 0, 1, 1, 5);
	if (o->cluster.auth == VRRP_AUTH_NONE)
		o->weight[FAULT_ATTACK] = 0;
	o->safety_us = between(&r, 20, 80) * USEC_PER_SEC;
	o->still_us = 20 * USEC_PER_SEC;
}

/* ---- printing --------------------------------------------------------------------------- */

static void line(struct text *t, const char *name, uint64_t value)
{
	text_fmt(t, "  %s %llu\n", name, (unsigned long long)value);
}

static void print_hosts(struct text *t, const struct cluster *c)
{
	for (uint8_t h = 0; h < c->hosts; h++) {
		text_fmt(t, "  node%u advert_int ", h + 1u);
		text_seconds(t, c->advert_us[h]);
		text_str(t, " priority");
		for (uint8_t g = 0; g < c->routers; g++)
			text_fmt(t, " %u", c->priority[h][g]);
		if (c->nopreempt[h])
			text_str(t, " nopreempt");
		if (c->preempt_delay_us[h] > 0) {
			text_str(t, " preempt_delay ");
			text_seconds(t, c->preempt_delay_us[h]);
		}
		text_char(t, '\n');
	}
	for (uint8_t k = 0; k < c->checks; k++) {
		const struct cluster_check *x = &c->check[k];

		text_fmt(t, "  check_%u %s weight %d%s%s rise %u fall %u interval ", k + 1u,
			 check_kind_name(x->kind), x->weight, x->reverse ? " reverse" : "",
			 x->init_fail ? " init_fail" : "", x->rise, x->fall);
		text_seconds(t, x->interval_us);
		text_str(t, " timeout ");
		text_seconds(t, x->timeout_us);
		text_char(t, '\n');
	}
}

void swarm_print(struct text *t, const struct swarm_options *o)
{
	static const char *const names[] = {
#define X(id, name) name,
		FAULT_LIST(X)
#undef X
	};
	const struct cluster *c = &o->cluster;

	line(t, "seed", o->seed);
	line(t, "hosts", c->hosts);
	line(t, "routers", c->routers);
	line(t, "vips", c->vips);
	print_hosts(t, c);
	line(t, "version", c->version);
	line(t, "family", c->family);
	line(t, "auth", c->auth);
	line(t, "unicast", c->unicast);
	line(t, "sync", c->sync);
	line(t, "down_adverts", c->down_adverts);
	line(t, "answer_lower", c->answer_lower);
	line(t, "send_before_yield", c->send_before_yield);
	line(t, "track_primary", c->track_primary);
	line(t, "garp_delay_us", c->garp.delay_us);
	line(t, "garp_refresh_us", c->garp.refresh_us);
	line(t, "garp_repeat", c->garp.repeat);
	line(t, "path_loss_65536ths", o->path.loss);
	line(t, "path_twice_65536ths", o->path.twice);
	line(t, "path_late_65536ths", o->path.late);
	line(t, "path_delay_us", o->path.delay_us);
	line(t, "path_jitter_us", o->path.jitter_us);
	line(t, "path_late_us", o->path.late_us);
	line(t, "loss_burst_65536ths", o->loss_burst);
	line(t, "kernel_delay_us", o->kernel.delay_us);
	line(t, "kernel_jitter_us", o->kernel.jitter_us);
	line(t, "kernel_refuse_add_65536ths", o->kernel.refuse_add);
	line(t, "kernel_refuse_del_65536ths", o->kernel.refuse_del);
	line(t, "kernel_refuse_send_65536ths", o->kernel.refuse_send);
	line(t, "lease_us", o->kernel.lease_us);
	line(t, "lateness_us", o->lateness_us);
	line(t, "probe_us", o->probe_us);
	line(t, "boot_us", o->boot_us);
	line(t, "hosts_first", o->hosts_first);
	line(t, "backlog", o->backlog);
	line(t, "between_faults_us", o->between_us);
	for (int f = 0; f < FAULT_COUNT; f++)
		text_fmt(t, "  fault %s %u\n", names[f], o->weight[f]);
	line(t, "safety_us", o->safety_us);
	line(t, "still_us", o->still_us);
}

/* ---- running ---------------------------------------------------------------------------- */

static struct world_conf make_conf(const struct swarm_options *o)
{
	struct world_conf c = cluster_world(&o->cluster, o->seed);

	c.path = o->path;
	c.kernel = o->kernel;
	c.kernel.refuse_add = c.kernel.refuse_del = c.kernel.refuse_send = 0;
	c.lateness_us = o->lateness_us;
	c.probe_us = o->probe_us;
	c.boot_us = o->boot_us;
	c.hosts_first = o->hosts_first;
	c.backlog = o->backlog;
	c.shuffle = true;
	return c;
}

static void run_safety(struct nemesis *n, struct watch *watch)
{
	struct world *w = n->world;
	usec_t end = n->options->safety_us;

	while (w->now < end && !watch->violation.found) {
		usec_t wait = prng_below(&n->rng, 2 * n->options->between_us);

		world_run(w, usec_min(end, w->now + wait));
		if (w->now < end)
			nemesis_strike(n);
	}
}

static void run_liveness(struct nemesis *n, struct watch *watch)
{
	struct world *w = n->world;

	nemesis_heal(n);
	world_run(w, w->now + watch_bound(w->conf));
	if (watch->violation.found)
		return;
	watch_settled(watch, w);
	world_run(w, w->now + n->options->still_us);
}

static void sum_up(const struct world *w, const struct watch *watch, const struct nemesis *n,
		   struct swarm_result *ret)
{
	*ret = (struct swarm_result){
		.violation = watch->violation,
		.simulated = w->now,
		.steps = w->steps,
		.faults = n->strikes,
	};
	for (uint32_t i = 0; i < watch->stride * SIM_HOSTS_MAX; i++)
		ret->moves += watch->list[i].moves;
}

int swarm_run(const struct swarm_options *o, const struct swarm_watcher *watcher,
	      struct arena *arena, struct swarm_result *ret)
{
	struct world_conf *conf = arena_new(arena, struct world_conf);
	struct world *w = arena_new(arena, struct world);
	struct nemesis nemesis;
	struct watch watch;
	struct world_hooks hooks;
	int err;

	if (conf == NULL || w == NULL)
		return E_NOMEM;
	*conf = make_conf(o);
	err = cluster_make(&o->cluster, arena, conf->hosts);
	if (err == 0)
		err = watch_init(&watch, conf, arena);
	hooks = watch_hooks(&watch);
	if (err == 0)
		err = world_init(w, conf, &hooks, arena);
	if (err != 0)
		return err;
	if (watcher != NULL) {
		watch.ctx = watcher->ctx;
		watch.stepped = watcher->stepped;
	}
	nemesis_init(&nemesis, o, w, conf, watcher);
	for (uint8_t n = 0; n < conf->host_count; n++)
		world_power(w, n, true);
	run_safety(&nemesis, &watch);
	if (!watch.violation.found)
		run_liveness(&nemesis, &watch);
	sum_up(w, &watch, &nemesis, ret);
	return 0;
}
