#include "worker/probes.h"

#include <stdlib.h>

#include "base/err.h"
#include "check/sched.h"
#include "io/clock.h"
#include "worker/command.h"

struct probe {
	struct probe *next;
	struct probes *owner;
	uint32_t id;
	struct ipc_command command;
	struct script_user user;
	bool user_known; /* found once; until then it is looked up for every run */
	struct sched sched;
	struct run *run; /* NULL: none is going */
	sd_event_source *timer;
	struct letter letter;
};

static void tell(struct probe *p, const struct run_end *end)
{
	p->letter.end = *end;
	outbox_post(p->owner->outbox, &p->letter);
}

static void rearm(struct probe *p)
{
	(void)sd_event_source_set_time(p->timer, sched_deadline(&p->sched));
	(void)sd_event_source_set_enabled(p->timer, SD_EVENT_ONESHOT);
}

static void on_end(void *ctx, const struct run_end *end)
{
	struct probe *p = ctx;
	p->run = NULL;
	if (sched_ended(&p->sched, clock_now()))
		tell(p, end);
	rearm(p);
}

static void start(struct probe *p)
{
	struct run_end failed;

	sched_started(&p->sched, clock_now());
	if (!p->user_known)
		p->user_known = run_user(&p->command, &p->user, &failed);
	if (p->user_known)
		p->run = run_start(p->owner->runner, &p->command, &p->user, RUN_CHECK, on_end, p,
				   &failed);
	if (p->run != NULL)
		return;
	(void)sched_ended(&p->sched, clock_now());
	tell(p, &failed);
}

/* The verdict falls due now, whether or not the processes are gone. */
static void time_out(struct probe *p, bool first)
{
	struct run_end end = { .outcome = PROBE_TIMEOUT, .duration_us = p->command.timeout_us };

	run_detail(p->run, end.detail);
	if (first)
		run_terminate(p->run);
	tell(p, &end);
}

static int on_timer(sd_event_source *source, uint64_t when, void *ctx)
{
	struct probe *p = ctx;
	usec_t now = clock_now();
	bool first = !p->sched.timed_out;

	(void)source;
	(void)when;
	if (sched_timed_out(&p->sched, now))
		time_out(p, first);
	if (sched_may_start(&p->sched, now))
		start(p);
	rearm(p);
	return 0;
}

static void release(struct probe *p, bool kill)
{
	if (p->run != NULL) {
		run_abandon(p->run);
		if (kill)
			run_kill(p->run);
		else
			run_terminate(p->run);
	}
	outbox_withdraw(p->owner->outbox, &p->letter);
	sd_event_source_disable_unref(p->timer);
	command_done(&p->command);
	free(p);
}

int probes_define(struct probes *all, const struct ipc_message *m)
{
	usec_t now = clock_now();
	struct probe *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return E_NOMEM;
	p->owner = all;
	p->id = m->id;
	p->letter = (struct letter){ .kind = IPC_PROBE, .id = m->id };
	sched_init(&p->sched, m->interval_us, m->command.timeout_us, now);
	if (command_copy(&m->command, &p->command) != 0 ||
	    sd_event_add_time(all->runner->event, &p->timer, CLOCK_MONOTONIC, now, 1, on_timer, p) <
		    0) {
		release(p, true);
		return E_NOMEM;
	}
	probes_forget(all, m->id);
	p->next = all->first;
	all->first = p;
	return 0;
}

void probes_forget(struct probes *all, uint32_t id)
{
	for (struct probe **link = &all->first; *link != NULL; link = &(*link)->next) {
		struct probe *p = *link;

		if (p->id != id)
			continue;
		*link = p->next;
		release(p, true);
		return;
	}
}

void probes_done(struct probes *all, bool kill)
{
	while (all->first != NULL) {
		struct probe *p = all->first;

		all->first = p->next;
		release(p, kill);
	}
}
