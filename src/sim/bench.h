/* sim/bench.h - the figure: a cluster of three at 1 s adverts, with a check and with the invariants
 * looking on, through failovers all the time. */
#ifndef SIM_BENCH_H
#define SIM_BENCH_H

#include "base/arena.h"
#include "base/time.h"

struct bench_result {
	unsigned hosts;
	usec_t simulated;
};

/* E_NOMEM. */
int bench_run(struct arena *, struct bench_result *ret);

#endif
