/* worker/probes.h - the checks: each on its schedule (check/sched.h), its results to the outbox. */
#ifndef WORKER_PROBES_H
#define WORKER_PROBES_H

#include <stdint.h>

#include "io/ipc.h"
#include "worker/outbox.h"
#include "worker/run.h"

struct probe;

struct probes {
	struct runner *runner; /* borrowed, as the outbox */
	struct outbox *outbox;
	struct probe *first;
};

/* Runs the check that |m| defines, from now on. One of the same number is forgotten. E_NOMEM. */
int probes_define(struct probes *, const struct ipc_message *m);
/* Ends check |id|, killing what runs of it. Nothing more is told of it. */
void probes_forget(struct probes *, uint32_t id);
/* Ends them all. What runs is asked to end, or killed. */
void probes_done(struct probes *, bool kill);

#endif
