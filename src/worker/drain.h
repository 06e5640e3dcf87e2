/* worker/drain.h - swallows what daemons print that a notification has left behind.
 *
 * Such a daemon inherits the pipe its script wrote to. Closing our end would kill it with SIGPIPE
 * at its next word, so the pipe is read, to nowhere, for as long as somebody holds it; when the
 * worker ends before, a small process goes on reading in its place. */
#ifndef WORKER_DRAIN_H
#define WORKER_DRAIN_H

#include <systemd/sd-event.h>

struct drain_pipe;

struct drain {
	sd_event *event; /* borrowed */
	struct drain_pipe *pipes;
};

/* Takes over |fd|, a non-blocking pipe. It is closed when it cannot be watched. */
void drain_adopt(struct drain *, int fd);
/* Hands what is still open to a process of its own and forgets it. */
void drain_done(struct drain *);

#endif
