#include "sim/bench.h"

#include "base/err.h"
#include "sim/cluster.h"
#include "sim/invariants.h"

enum { HOSTS = 3, ROUNDS = 1000 };

int bench_run(struct arena *arena, struct bench_result *ret)
{
	struct cluster c = cluster_plain(HOSTS);
	struct world_conf *conf = arena_new(arena, struct world_conf);
	struct world *w = arena_new(arena, struct world);
	struct world_hooks hooks;
	struct watch watch;
	int err;

	if (conf == NULL || w == NULL)
		return E_NOMEM;
	c.checks = 1;
	c.check[0] = (struct cluster_check){ .interval_us = 2 * USEC_PER_SEC,
					     .timeout_us = 3 * USEC_PER_SEC,
					     .rise = 2,
					     .fall = 3,
					     .weight = -20,
					     .kind = CHECK_ALIVE };
	*conf = cluster_world(&c, 1);
	conf->shuffle = true;
	conf->boot_us = 2 * USEC_PER_SEC;
	err = cluster_make(&c, arena, conf->hosts);
	if (err == 0)
		err = watch_init(&watch, conf, arena);
	hooks = watch_hooks(&watch);
	if (err == 0)
		err = world_init(w, conf, &hooks, arena);
	if (err != 0)
		return err;
	for (uint8_t n = 0; n < HOSTS; n++)
		world_power(w, n, true);
	for (unsigned round = 0; round < ROUNDS && !watch.violation.found; round++) {
		uint8_t n = (uint8_t)(round % HOSTS);

		world_run(w, w->now + 180 * USEC_PER_SEC);
		world_power(w, n, false);
		world_run(w, w->now + 20 * USEC_PER_SEC);
		world_power(w, n, true);
	}
	*ret = (struct bench_result){ .hosts = HOSTS, .simulated = w->now };
	return watch.violation.found ? E_IO : 0;
}
