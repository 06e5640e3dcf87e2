/* sim/small.h - a world small enough to be looked at from every side: the real core on two or three
 * hosts with one virtual router, and everything else that has a say cut down to a choice.
 *
 * A state holds no absolute time: all times are counted from its now, so a cluster in its routine
 * comes back to the same state again and again. Between two states lies one move. Whatever takes no
 * decision (checks that run, kernels that do as they are told) happens at once within a move. */
#ifndef SIM_SMALL_H
#define SIM_SMALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "sim/cluster.h"
#include "sim/laws.h"

enum { SMALL_HOSTS_MAX = 3, SMALL_FLYING_MAX = 10, SMALL_BYTES_MAX = 256 };

/* What can be done in a state. Those that are faults cost one of the faults granted. */
#define MOVE_LIST(X)                                                                               \
	X(MOVE_SERVE, "serves its deadline", false) /* the next one; time passes until then */     \
	X(MOVE_DELIVER, "hears", false)                                                            \
	X(MOVE_DROP, "does not hear", true)                                                        \
	X(MOVE_CRASH, "loses power", true)                                                         \
	X(MOVE_START, "starts", false)                                                             \
	X(MOVE_STOP, "is asked to stop", true)                                                     \
	X(MOVE_PAUSE, "is paused", true)                                                           \
	X(MOVE_RESUME, "wakes", false)                                                             \
	X(MOVE_CHECK_DOWN, "sees its check fail", true)                                            \
	X(MOVE_CHECK_UP, "sees its check succeed", false)                                          \
	X(MOVE_LINK_DOWN, "loses its link", true)                                                  \
	X(MOVE_LINK_UP, "has its link again", false)

enum move_kind {
#define X(id, text, fault) id,
	MOVE_LIST(X)
#undef X
		MOVE_COUNT
};

struct move {
	enum move_kind kind;
	uint8_t host;
	uint8_t flying; /* DELIVER and DROP: which one */
	bool refused;   /* the kernel refuses what the move asks of it; one more fault */
};

/* One host. Times count from now, in microseconds; SMALL_NEVER for never. */
#define SMALL_NEVER INT32_MAX

struct small_host {
	int32_t timers[TIMER_COUNT];
	int32_t down_base, last_advert; /* 0 where they do not matter */
	int32_t master_advert_us;
	int16_t total;
	uint8_t state, priority;
	uint8_t power; /* enum power */
	bool link, check_up, held;
	bool started, stopped, cleaned, addr_fault, release, down_is_skew, preempt_ready, wants,
		ill, node_started, node_stopping;
};

/* An advert under way. */
struct small_flying {
	int32_t life_us; /* it arrives within that time or never */
	uint8_t from, to, priority;
};

struct small_state {
	struct small_host hosts[SMALL_HOSTS_MAX];
	struct small_flying flying[SMALL_FLYING_MAX];
	uint8_t flying_count, faults_left;
};

/* What does not change during an exploration. */
struct small {
	struct cluster cluster;
	struct host_conf hosts[SMALL_HOSTS_MAX];
	struct node nodes[SMALL_HOSTS_MAX]; /* workbenches: filled from a state before each step */
	int32_t flight_us;                  /* an advert is under way that long at most */
	uint32_t allowed;                   /* bit of each move_kind that may happen */
	uint8_t datagrams[SMALL_HOSTS_MAX][256][64]; /* by sender and priority, made when needed */
	/* Not 0: what a state leaves out is filled with noise before each step, to prove that it
	 * has no say. */
	struct prng noise;
};

/* Why a move was wrong; |law| NULL: it was not. */
struct small_fault {
	const struct law *law;
	uint8_t host;
	char text[512]; /* the step, as a trace line */
};

/* Who wants to see the steps of a move. */
struct small_watcher {
	void *ctx;
	void (*stepped)(void *ctx, uint8_t host, const char *trace);
};

/* E_NOMEM. */
int small_init(struct small *, const struct cluster *, int32_t flight_us, uint32_t allowed,
	       struct arena *);
/* Everybody runs and is well, nothing has been sent; |faults| are granted. */
void small_begin(struct small *, uint8_t faults, struct small_state *ret);
/* True when |m| can be made in |s|. */
bool small_can(const struct small *, const struct small_state *s, const struct move *m);
/* Makes |m| in |*s|. |*asked|: the kernel was asked for something it could have refused. |watcher|
 * may be NULL. */
void small_move(struct small *, struct small_state *s, const struct move *m, bool *asked,
		struct small_fault *fault, const struct small_watcher *watcher);
/* What holds in every state, whatever way led there. */
void small_judge(const struct small *, const struct small_state *s, struct small_fault *fault);
/* Writes |s| as bytes, the same for states that are the same; returns how many. */
size_t small_pack(const struct small *, const struct small_state *s, uint8_t p[SMALL_BYTES_MAX]);
void small_unpack(const struct small *, const uint8_t *p, struct small_state *ret);
/* "node1 hears 90 of node2". */
void small_tell(struct text *, const struct small *, const struct small_state *before,
		const struct move *m);

#endif
