/* sim/swarm.h - many worlds, each with its own bad luck.
 *
 * A seed draws a cluster, a network, kernels and a mix of faults: some kinds are left out in a run
 * and others come thick, because what is hidden by one fault shows without it. A run has two
 * phases. Safety: anything may happen, and the invariants must hold all the time. Then everything
 * is healed, and liveness: within a bound the right node is MASTER, and after it nothing moves. */
#ifndef SIM_SWARM_H
#define SIM_SWARM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "sim/cluster.h"
#include "sim/invariants.h"

/* name, what happens. The mean time between two faults of any kind is drawn too. */
#define FAULT_LIST(X)                                                                              \
	X(FAULT_POWER, "power")     /* a host dies, or boots again */                              \
	X(FAULT_KILL, "kill")       /* a daemon dies, or starts again */                           \
	X(FAULT_STOP, "stop")       /* a daemon is stopped in order, or starts again */            \
	X(FAULT_HANG, "hang")       /* a daemon hangs, or goes on */                               \
	X(FAULT_PAUSE, "pause")     /* a virtual machine is paused, or goes on */                  \
	X(FAULT_CARRIER, "carrier") /* a cable is pulled, or plugged in */                         \
	X(FAULT_CUT, "cut")         /* one direction between two ends is cut, or mended */         \
	X(FAULT_SPLIT, "split")     /* the hosts fall into two halves, or together again */        \
	X(FAULT_FILTER, "filter")   /* protocol 112 is filtered in one direction, or is not */     \
	X(FAULT_SERVICE, "service") /* a service goes down, hangs, or is up again */               \
	X(FAULT_CHECK, "check")     /* a check fails by itself, or does not */                     \
	X(FAULT_WORKER, "worker")   /* a worker dies, or is back */                                \
	X(FAULT_KERNEL, "kernel")   /* kernels refuse, or do not */                                \
	X(FAULT_LOSS, "loss")       /* all paths lose frames, or do not */                         \
	X(FAULT_ATTACK, "attack")   /* somebody without the password sends adverts */              \
	X(FAULT_THIEF, "thief")     /* somebody removes an address */

enum fault_kind {
#define X(id, name) id,
	FAULT_LIST(X)
#undef X
		FAULT_COUNT
};

/* All that is drawn. */
struct swarm_options {
	uint64_t seed;
	struct cluster cluster;
	struct path path;
	struct kernel_conf kernel;
	usec_t lateness_us, probe_us, boot_us;
	bool hosts_first;
	uint8_t backlog;
	uint16_t loss_burst;         /* loss of every path while there is a burst, in 65536ths */
	usec_t between_us;           /* mean time between two faults */
	uint8_t weight[FAULT_COUNT]; /* how often each kind, beside the others; 0: never */
	usec_t safety_us;            /* length of the phases */
	usec_t still_us;
};

/* |hosts| 0: drawn too, 2 to 9. */
void swarm_draw(struct swarm_options *, uint64_t seed, uint8_t hosts);
/* One option a line, "name value". */
void swarm_print(struct text *, const struct swarm_options *);

struct swarm_result {
	struct violation violation;
	usec_t simulated;
	uint64_t steps, moves, faults;
};

/* Who wants to see a run: every step, and every fault as it comes. */
struct swarm_watcher {
	void *ctx;
	void (*stepped)(void *ctx, struct world *, const struct stepped *);
	void (*fault)(void *ctx, const struct world *, const char *what, uint8_t host);
};

/* Runs one world. All memory comes from |arena|. |watcher| may be NULL. E_NOMEM. */
int swarm_run(const struct swarm_options *, const struct swarm_watcher *, struct arena *arena,
	      struct swarm_result *ret);

#endif
