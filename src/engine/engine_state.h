/* engine/engine_state.h - the engine's own insides, shared by engine.c (the loop) and lifecycle.c
 * (start, reload, stop). Nobody else includes it. */
#ifndef ENGINE_ENGINE_STATE_H
#define ENGINE_ENGINE_STATE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/time.h"
#include "engine/control.h"
#include "engine/effects.h"
#include "engine/engine.h"
#include "engine/generation.h"
#include "engine/report.h"
#include "engine/workerlink.h"

struct engine {
	const struct engine_options *opt;
	sd_event *event;
	struct generation *gen; /* in force */
	struct effects effects;
	struct report report;
	struct workerlink worker;
	struct control control;
	struct sockets_owner sockets_owner;
	struct control_owner control_owner;
	struct files_owner files_owner;
	struct workerlink_owner worker_owner;
	int monitor, program;
	sd_event_source *deadline, *checks, *retry, *hold;
	usec_t started_at;
	usec_t node_now;    /* the time of the last step */
	usec_t hold_until;  /* no instance begins before */
	usec_t checks_held; /* no check is judged for want of a result before */
	uint64_t generations, reloads, reloads_failed;
	bool stopping;
	bool up; /* sd_notify(READY=1) was sent */
	char host_name[HOST_NAME_MAX + 1];
};

/* One event into the node in force; its actions are carried out, failures told to it. */
void engine_step(struct engine *, const struct event *);
/* Serves what is due, tells what there is to be told when nothing is, sets the timer. */
void engine_settle(struct engine *);
/* Tells at once what there is to be told. */
void engine_flush(struct engine *);
/* Brings sockets and the core's view of |link| up to what the kernel has. */
void engine_follow_link(struct engine *, uint16_t link);
/* The same for every interface that has changed. */
void engine_follow_links(struct engine *);
/* Tells the core the number in file |index|. */
void engine_tell_file(struct engine *, uint16_t index);
/* Sets the timer of the checks. */
void engine_arm_checks(struct engine *);
/* Lets the instances begin at |when|. */
void engine_start_at(struct engine *, usec_t when);
/* Looks again in a second at what could not be done now. */
void engine_retry_soon(struct engine *);
/* Adds the sources that live as long as the process. 0 or E_NOMEM. */
int engine_watch(struct engine *);

/* Reads the configuration anew and goes over to it, or stays with the old one and says why. */
void engine_reload(struct engine *);
/* Resigns, removes addresses, and lets the loop end when the last scripts have run. */
void engine_stop(struct engine *);

#endif
