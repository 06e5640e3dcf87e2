/* worker/outbox.h - what the engine is still to be told.
 *
 * Nothing is dropped while the engine lives, and nothing waits for it: letters stay in their order
 * until the socket takes them. A letter is embedded in what it is about; one that is written again
 * before it has left keeps its place and only the newest content is sent. */
#ifndef WORKER_OUTBOX_H
#define WORKER_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "io/ipc.h"
#include "worker/run.h"

struct letter {
	struct letter *next;
	bool waiting;       /* in the outbox */
	enum ipc_kind kind; /* IPC_PROBE or IPC_NOTIFIED */
	uint32_t id;
	struct run_end end;
	/* Called when it has been sent or can never be; may free it. NULL: nothing to be done. */
	void (*gone)(struct letter *);
};

struct outbox {
	int fd;
	sd_event_source *io; /* borrowed; asked for EPOLLOUT while letters wait */
	struct letter *first, **last;
	bool closed; /* nobody reads any more */
};

void outbox_init(struct outbox *, int fd, sd_event_source *io);
void outbox_post(struct outbox *, struct letter *);
/* Sends what the socket takes. */
void outbox_flush(struct outbox *);
/* Takes |letter| out unsent; gone() is not called. */
void outbox_withdraw(struct outbox *, struct letter *letter);
/* The engine is gone: every letter is, too. */
void outbox_close(struct outbox *);

#endif
