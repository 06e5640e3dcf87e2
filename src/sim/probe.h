/* sim/probe.h - a health check in a world: the real schedule and the real judgement of check/
 * around a script that sees what there is to see.
 *
 * What a script sees is asked at the moment it ends. One that hangs ends only when it is killed,
 * after its timeout. */
#ifndef SIM_PROBE_H
#define SIM_PROBE_H

#include <stdbool.h>

#include "base/time.h"
#include "check/check.h"
#include "check/judge.h"
#include "check/sched.h"

/* What the operator's script looks at. */
enum check_kind {
	CHECK_ALWAYS,   /* nothing: it succeeds */
	CHECK_ALIVE,    /* the service answers */
	CHECK_WRITABLE, /* it answers and takes writes */
	CHECK_REPLICA,  /* it answers and takes none */
	CHECK_GATEWAY,  /* a client's side of the network answers */
	CHECK_KIND_COUNT
};
/* "writable" for CHECK_WRITABLE. */
const char *check_kind_name(enum check_kind);

enum sight { SIGHT_WELL, SIGHT_ILL, SIGHT_HANGS };

struct probe {
	struct sched sched;
	struct judge judge;
	enum check_kind kind;
	bool broken; /* the script fails whatever there is to see */
	bool idle;   /* there is no worker to run it */
	usec_t run_us;
	usec_t ends_at; /* of the run that is going; USEC_NEVER: it hangs, or none is going */
};

/* A check that runs for the first time at |first|; a run takes |run_us|. */
void probe_init(struct probe *, const struct check_conf *, enum check_kind, usec_t run_us,
		usec_t now, usec_t first);
usec_t probe_deadline(const struct probe *);
/* Serves what is due at |now|; the script sees |sight|. True when the verdict has changed. */
bool probe_due(struct probe *, usec_t now, enum sight sight);
/* The worker dies, or is back. */
void probe_idle(struct probe *, usec_t now, bool idle);

#endif
