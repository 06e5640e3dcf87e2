/* sim/nemesis.h - what goes wrong in a swarm run, and the mending of all of it. */
#ifndef SIM_NEMESIS_H
#define SIM_NEMESIS_H

#include "base/prng.h"
#include "sim/swarm.h"

struct nemesis {
	const struct swarm_options *options;
	const struct swarm_watcher *watcher;
	struct world *world;
	struct world_conf *conf; /* the world's, so that kernels can begin to refuse */
	struct prng rng; /* its own: without an attacker the rest of the story is the same */
	uint64_t strikes;
	bool lossy;
};

void nemesis_init(struct nemesis *, const struct swarm_options *, struct world *,
		  struct world_conf *, const struct swarm_watcher *);
/* Lets one fault happen, or end, now; which one is drawn. */
void nemesis_strike(struct nemesis *);
/* Ends everything: power, daemons and paths are there, nothing is refused or lost. What a service
 * is in, and a check that fails by itself, stays. */
void nemesis_heal(struct nemesis *);

#endif
