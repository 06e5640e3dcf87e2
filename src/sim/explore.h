/* sim/explore.h - every order of things, as far as the bound goes.
 *
 * Breadth first from a cluster that has just started, through every move that can be made, until no
 * new state is found or the bound is reached. The way to a violation is therefore the shortest one.
 * From some states (one in EXPLORE_SETTLE_EACH, chosen by their fingerprint) the future without any
 * further fault is followed too: within a bound the right host must be MASTER. */
#ifndef SIM_EXPLORE_H
#define SIM_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "sim/small.h"

enum { EXPLORE_SETTLE_EACH = 64, EXPLORE_WAY_MAX = 512 };

struct explore_conf {
	const char *name;
	struct cluster cluster;
	uint8_t faults;    /* granted in all */
	int32_t flight_us; /* an advert arrives within that time or never */
	uint32_t allowed;  /* bit of each move_kind */
	uint32_t states_max;
	size_t frontier_bytes; /* room for states not looked at yet */
};

struct explore_result {
	uint32_t states, depth;
	uint64_t moves, settled;
	bool whole; /* nothing was left to be looked at */
	struct small_fault fault;
	struct move way[EXPLORE_WAY_MAX]; /* to the fault */
	uint32_t way_length;
	bool while_settling; /* the fault lies in the faultless future after |way| */
};

/* The worlds that are explored; NULL after the last. */
const char *explore_name(unsigned index);
/* The world called |name| of |hosts|; false when there is none. */
bool explore_pick(const char *name, uint8_t hosts, struct explore_conf *ret);

/* E_NOMEM. */
int explore_run(const struct explore_conf *, struct arena *, struct explore_result *ret);
/* Goes the way of |r| again and tells |line| each move and each step. */
int explore_tell(const struct explore_conf *, const struct explore_result *r, struct arena *,
		 void (*line)(void *ctx, const char *), void *ctx);

#endif
