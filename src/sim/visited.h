/* sim/visited.h - the set of states an exploration has seen.
 *
 * A state is remembered by a 64-bit fingerprint: of N states, two are taken for one with a chance
 * of about N * N / 2^65, one in 370,000 for ten million. Each also keeps its parent and what was
 * done there, so that the way to it can be told. */
#ifndef SIM_VISITED_H
#define SIM_VISITED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

#define VISITED_NONE UINT32_MAX

struct visited_step {
	uint32_t parent; /* VISITED_NONE: the first */
	uint32_t move;   /* the user's */
};

struct visited {
	uint64_t *slots; /* fingerprints; 0: empty */
	uint64_t mask;
	struct visited_step *steps; /* by number of the state, in order of coming */
	uint32_t count, room;
};

/* Room for |room| states. E_NOMEM. */
int visited_init(struct visited *, struct arena *, uint32_t room);
/* Remembers the |len| bytes at |state|. True when they are new; false when they are known, or when
 * there is no room (then |*ret_full| is true). */
bool visited_add(struct visited *, const void *state, size_t len, struct visited_step,
		 bool *ret_full);

#endif
