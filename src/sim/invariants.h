/* sim/invariants.h - what must hold in a world whatever happens to it.
 *
 * Each invariant is an object of its own: a name, a sentence, and functions that look at the world
 * after a step, after a moment, or at the end. They know the world and not each other, and core
 * does not know them. The laws of single steps (sim/laws.h) are watched here too.
 *
 * A watch hangs itself into the hooks of one world. The first violation is kept; what comes after
 * it is not looked at. */
#ifndef SIM_INVARIANTS_H
#define SIM_INVARIANTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "sim/world.h"

struct violation {
	bool found;
	const char *name, *says;
	usec_t at;
	uint8_t host;
	char text[200]; /* particulars */
};

/* What is remembered of one instance since its daemon started. */
struct watched {
	uint32_t start;              /* the daemon */
	usec_t spoke_at;             /* last advert, the host's clock; 0: none */
	usec_t priority_at;          /* last change of the effective priority, the world's clock */
	usec_t left_at;              /* when it last left MASTER, the world's clock */
	usec_t broken_at;            /* since when a MASTER lacks an address; 0: it does not */
	bool notified;               /* something has been told */
	enum notify_state last_told; /* what */
	uint64_t moves;              /* changes of state */
};

struct watch {
	struct violation violation;
	struct watched *list; /* by host, then instance */
	uint32_t stride;      /* instances of a host at most */
	bool settled;         /* nothing may move any more */
	/* Told every step too, after the watch has looked; NULL: nobody. */
	void *ctx;
	void (*stepped)(void *ctx, struct world *, const struct stepped *);
};

/* A watch for worlds made of |conf|. E_NOMEM. */
int watch_init(struct watch *, const struct world_conf *conf, struct arena *arena);
/* The hooks of |watch|, for world_init(). */
struct world_hooks watch_hooks(struct watch *);

/* How long after all faults have been healed the right node must be MASTER. */
usec_t watch_bound(const struct world_conf *);
/* To be called when that time is over: looks whether it is, and from then on watches that nothing
 * moves any more. */
void watch_settled(struct watch *, struct world *);

#endif
