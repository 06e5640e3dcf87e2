/* worker/notes.h - the notifications: in order and one at a time within a queue.
 *
 * Queues do not wait for one another, but no more than NOTES_RUNNING_MAX run at once: a host that
 * loses four thousand instances must not start four thousand scripts. One that has timed out is
 * told at its timeout and gets SIGTERM; its queue goes on when it has ended, or a second after
 * SIGKILL, when it can do no more than wait for the kernel. */
#ifndef WORKER_NOTES_H
#define WORKER_NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include "io/ipc.h"
#include "worker/outbox.h"
#include "worker/run.h"

enum { NOTES_RUNNING_MAX = 64, NOTES_BUCKETS = 256 };

struct note;
struct queue;

struct notes {
	struct runner *runner; /* borrowed, as the outbox */
	struct outbox *outbox;
	struct queue *queues[NOTES_BUCKETS];
	struct note *ready, **ready_last; /* first of their queues, not started for want of room */
	uint32_t running, waiting;
	sd_event_source *starter; /* on while some may be started */
};

/* Begins empty. E_NOMEM. */
int notes_init(struct notes *, struct runner *, struct outbox *);
/* Takes in the notification |m|. E_NOMEM: it will not be run. */
int notes_add(struct notes *, const struct ipc_message *m);
/* Drops all that has not been started. */
void notes_drop_waiting(struct notes *);
/* True when nothing runs and nothing waits. */
bool notes_idle(const struct notes *);
/* Gives all memory back. What still runs is left to itself. */
void notes_done(struct notes *);

#endif
