/* engine/workerlink.h - the worker process as the engine sees it.
 *
 * The worker runs everything that may be slow. It may die at any time: it is then started again,
 * after a pause that grows with each failure, told its checks anew and given the notifications it
 * had not confirmed. The engine never waits for it, and what it holds for it is bounded.
 *
 * A reload keeps the process: it is told to forget the old checks and to run the new ones. Numbers
 * of checks are never used twice, so a late result of an old check is nobody's. */
#ifndef ENGINE_WORKERLINK_H
#define ENGINE_WORKERLINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "conf/model.h"
#include "io/ipc.h"
#include "notify/notify.h"

enum { WORKERLINK_PENDING_MAX = 4096 };

/* Who hears what the worker says. */
struct workerlink_owner {
	void *ctx;
	/* A run of check |index| of the model in use has ended, as |m| says. */
	void (*probe)(void *ctx, uint16_t index, const struct ipc_message *m);
};

struct worker_process {
	pid_t pid; /* 0: not running */
	int fd;
	usec_t started_at;
	uint32_t told_from, told_to; /* numbers of the checks it has been told to run */
	bool stop_sent;
	sd_event_source *io, *death;
};

struct pending; /* a notification that is not confirmed yet */

struct workerlink {
	sd_event *event; /* borrowed */
	const struct workerlink_owner *owner;
	const struct model *model; /* whose checks run; borrowed; NULL: none */
	uint32_t first_id;         /* number of its first check */
	int program;               /* our own executable, open */
	struct worker_process process;
	sd_event_source *restart;
	usec_t pause_us;   /* before the next start */
	uint64_t restarts; /* after a death nobody asked for */
	struct pending *first, **last;
	uint32_t pending_count, next_serial;
	uint64_t dropped;
	bool stopping; /* no checks; ends when everything is confirmed */
	struct ipc_buffer buffer;
};

/* Prepares; |program| is a descriptor of the executable to start. Nothing runs yet. Blocks SIGCHLD:
 * where there are no pidfds, that is how the end of the process is heard. */
void workerlink_init(struct workerlink *, sd_event *event, const struct workerlink_owner *owner,
		     int program);
/* Kills what still runs and forgets the rest. */
void workerlink_done(struct workerlink *);

/* From now on the checks of |model| run, and no others. It is used until the next call. */
void workerlink_use(struct workerlink *, const struct model *model);

/* Queues |call|, a notification of |instance|; everything in it is copied. Without memory, or when
 * too many wait, the oldest are dropped, which is logged. */
void workerlink_notify(struct workerlink *, const char *instance, const struct notify_call *call);

/* No more checks; the process ends when all notifications have run. */
void workerlink_stop(struct workerlink *);
/* True when nothing runs and nothing waits any more. */
bool workerlink_idle(const struct workerlink *);

#endif
