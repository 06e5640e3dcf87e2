/* worker/run.h - one command that is being run, from its start until it has been reaped.
 *
 * A run owns itself: it ends when its first process has ended, however long that takes, and is
 * freed then. Whoever started it hears of that once, unless it has abandoned it before. */
#ifndef WORKER_RUN_H
#define WORKER_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <systemd/sd-event.h>

#include "base/time.h"
#include "check/judge.h"
#include "io/ipc.h"
#include "io/spawn.h"
#include "worker/drain.h"

/* From SIGTERM to SIGKILL. The judge's patience counts on it. */
#define RUN_GRACE_US JUDGE_SLACK_US

enum run_kind {
	RUN_CHECK,  /* nothing of it survives its first process */
	RUN_NOTIFY, /* may leave processes behind */
};

/* In the loop an end is served before anything else, so that a run which has ended in time is not
 * taken for one that has timed out. All else is served in the order it has come: more checks than
 * the host can run must not keep the engine's word from being heard. For the same reason nothing is
 * started by an end: it sets a timer. */
enum { RUN_PRIORITY_EXIT = -10 };

struct run;

/* What all runs share. */
struct runner {
	sd_event *event;     /* borrowed */
	struct rlimit files; /* RLIMIT_NOFILE for those that are run */
	struct drain drain;
	struct run *first; /* all that have not been reaped */
};

/* How a run ended. PROBE_TIMEOUT is not for runs to say but for whoever set the timeout. |detail|:
 * the last words of what was run, or why it was not; "" for none. */
struct run_end {
	enum probe_outcome outcome;
	int32_t code;
	usec_t duration_us;
	char detail[SPAWN_DETAIL_MAX];
};

/* Starts |command| as |user|. Returns NULL and writes |*ret_failed| when that cannot be done. Else
 * done(ctx, ...) is called when it has ended. */
struct run *run_start(struct runner *, const struct ipc_command *command,
		      const struct script_user *user, enum run_kind,
		      void (*done)(void *ctx, const struct run_end *), void *ctx,
		      struct run_end *ret_failed);

/* Looks up as whom |command| runs. False: |*ret_failed| says why that is not known. */
bool run_user(const struct ipc_command *command, struct script_user *ret,
	      struct run_end *ret_failed);

/* Its last words so far. */
void run_detail(const struct run *, char ret[SPAWN_DETAIL_MAX]);

/* SIGTERM to the group now, SIGKILL after RUN_GRACE_US. */
void run_terminate(struct run *);
/* done() will not be called any more. */
void run_abandon(struct run *);
/* SIGKILL to the group now. */
void run_kill(struct run *);
/* Forgets every run, reaped or not, without a signal to any. */
void runs_done(struct runner *);

#endif
