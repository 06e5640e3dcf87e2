/* check/sched.h - when a check runs.
 *
 * Pure. Runs never overlap: a run that is still going when the next is due makes that one wait
 * until it has ended, and the grid of the interval is kept. A run that will not end even after its
 * timeout stands for those that cannot start because of it: each of them times out in its turn, so
 * a check that hangs for good fails as often as one that hangs and can be killed. */
#ifndef CHECK_SCHED_H
#define CHECK_SCHED_H

#include <stdbool.h>

#include "base/time.h"

struct sched {
	usec_t interval_us, timeout_us;
	usec_t next;     /* start of the next run on the grid */
	usec_t deadline; /* of the run that is going, or of the one that waits for its end */
	bool running;
	bool timed_out; /* its verdict has been given; it has yet to be reaped */
};

void sched_init(struct sched *, usec_t interval_us, usec_t timeout_us, usec_t now);
/* When something is to be done: a start, or a timeout. */
usec_t sched_deadline(const struct sched *);
/* True when a run is to be started at |now|. The caller then calls sched_started(). */
bool sched_may_start(const struct sched *, usec_t now);
void sched_started(struct sched *, usec_t now);
/* True when the run that is going has passed its deadline: the verdict falls due now. True again,
 * once each, for the runs that could not start because it has still not ended. */
bool sched_timed_out(struct sched *, usec_t now);
/* The run is over and reaped. Returns false when its verdict has been given at the timeout. */
bool sched_ended(struct sched *, usec_t now);

#endif
