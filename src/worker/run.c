#include "worker/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "io/clock.h"
#include "worker/tail.h"

_Static_assert((int)TAIL_TEXT_MAX <= (int)SPAWN_DETAIL_MAX, "a last line is a detail");

/* Between one SIGKILL and the next, for what was forked meanwhile. */
#define RUN_KILL_AGAIN_US (10 * USEC_PER_SEC)

struct run {
	struct run *next, **link; /* in runner.first; |link|: what points to us */
	struct runner *runner;
	enum run_kind kind;
	struct spawned child;
	sd_event_source *exit, *output, *killer;
	struct tail tail;
	usec_t started;
	void (*done)(void *ctx, const struct run_end *); /* NULL: abandoned */
	void *ctx;
};

static void cannot(struct run_end *end, int code, const char *detail)
{
	*end = (struct run_end){ .outcome = PROBE_CANNOT_RUN, .code = code };
	(void)snprintf(end->detail, sizeof(end->detail), "%s", detail);
}

bool run_user(const struct ipc_command *c, struct script_user *ret, struct run_end *ret_failed)
{
	int r = script_user_find(c->user, c->group, ret);
	char why[SPAWN_DETAIL_MAX];

	if (r == 0)
		return true;
	if (r == E_INVAL)
		(void)snprintf(why, sizeof(why), "there is no user %s", c->user);
	else if (r == E_NOENT)
		(void)snprintf(why, sizeof(why), "there is no group %s", c->group);
	else
		(void)snprintf(why, sizeof(why), "cannot look up user %s: %s",
			       c->user != NULL ? c->user : "keepalived_script", err_text(r));
	cannot(ret_failed, 0, why);
	return false;
}

/* Takes in what is there. False when the pipe has come to its end. */
static bool read_output(struct run *run)
{
	char bytes[4096];
	ssize_t n = 0;

	/* Bounded, so that one that never stops talking keeps nobody else waiting. */
	for (int i = 0; i < 16; i++) {
		n = read(run->child.output, bytes, sizeof(bytes));
		if (n <= 0)
			break;
		tail_add(&run->tail, bytes, (size_t)n);
	}
	return n > 0 || (n < 0 && errno == EAGAIN);
}

static int on_output(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	struct run *run = ctx;

	(void)fd;
	(void)events;
	if (!read_output(run))
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

void run_detail(const struct run *run, char ret[SPAWN_DETAIL_MAX])
{
	tail_text(&run->tail, ret);
}

static void release(struct run *run)
{
	sd_event_source_disable_unref(run->exit);
	sd_event_source_disable_unref(run->output);
	sd_event_source_disable_unref(run->killer);
	spawn_close(&run->child);
	*run->link = run->next;
	if (run->next != NULL)
		run->next->link = run->link;
	free(run);
}

void runs_done(struct runner *runner)
{
	while (runner->first != NULL)
		release(runner->first);
}

static void describe(const struct run *run, const siginfo_t *info, struct run_end *end)
{
	bool signalled = info->si_code != CLD_EXITED;
	struct spawn_failure failure;

	if (spawn_failure(&run->child, &failure)) {
		cannot(end, failure.code, failure.detail);
		return;
	}
	*end = (struct run_end){
		.outcome = info->si_status == 0 ? PROBE_OK
			   : signalled          ? PROBE_SIGNAL
						: PROBE_EXIT,
		.code = info->si_status,
		.duration_us = clock_now() - run->started,
	};
	if (end->outcome != PROBE_OK)
		run_detail(run, end->detail);
}

/* The loop reaps the child when this has returned: so long its number is its own, and the group
 * that is hit is the right one. */
static int on_exit_of_child(sd_event_source *source, const siginfo_t *info, void *ctx)
{
	struct run *run = ctx;
	struct run_end end;
	bool more;

	(void)source;
	if (run->kind == RUN_CHECK)
		spawn_kill(&run->child, SIGKILL);
	more = read_output(run);
	describe(run, info, &end);
	if (more && run->kind == RUN_NOTIFY) {
		run->output = sd_event_source_disable_unref(run->output);
		drain_adopt(&run->runner->drain, run->child.output);
		run->child.output = -1;
	}
	if (run->done != NULL)
		run->done(run->ctx, &end);
	release(run);
	return 0;
}

static int on_killer(sd_event_source *source, uint64_t when, void *ctx)
{
	(void)source;
	(void)when;
	run_kill(ctx);
	return 0;
}

/* Arms the one timer of a run: the next SIGKILL. */
static void kill_after(struct run *run, usec_t delay)
{
	usec_t when = clock_now() + delay;

	if (run->killer == NULL) {
		(void)sd_event_add_time(run->runner->event, &run->killer, CLOCK_MONOTONIC, when, 1,
					on_killer, run);
		return;
	}
	(void)sd_event_source_set_time(run->killer, when);
	(void)sd_event_source_set_enabled(run->killer, SD_EVENT_ONESHOT);
}

void run_kill(struct run *run)
{
	spawn_kill(&run->child, SIGKILL);
	kill_after(run, RUN_KILL_AGAIN_US);
}

void run_terminate(struct run *run)
{
	spawn_kill(&run->child, SIGTERM);
	/* One that is stopped could not obey. */
	spawn_kill(&run->child, SIGCONT);
	kill_after(run, RUN_GRACE_US);
}

void run_abandon(struct run *run)
{
	run->done = NULL;
}

/* Watches what has just been started. */
static int watch(struct run *run)
{
	sd_event *event = run->runner->event;
	int r;

	r = sd_event_add_child(event, &run->exit, run->child.pid, WEXITED, on_exit_of_child, run);
	if (r < 0)
		return r;
	r = sd_event_add_io(event, &run->output, run->child.output, EPOLLIN, on_output, run);
	if (r < 0)
		return r;
	(void)sd_event_source_set_priority(run->exit, RUN_PRIORITY_EXIT);
	return 0;
}

struct run *run_start(struct runner *runner, const struct ipc_command *command,
		      const struct script_user *user, enum run_kind kind,
		      void (*done)(void *, const struct run_end *), void *ctx,
		      struct run_end *ret_failed)
{
	const struct spawn how = {
		.argv = command->argv,
		.envp = command->envp,
		.user = user,
		.files = &runner->files,
		.death_signal = kind == RUN_CHECK ? SIGKILL : SIGTERM,
		.security = command->security,
		.output = true,
	};
	struct run *run = calloc(1, sizeof(*run));
	int r;

	if (run == NULL) {
		cannot(ret_failed, ENOMEM, "");
		return NULL;
	}
	if (spawn_start(&how, &run->child) != 0) {
		cannot(ret_failed, errno, "");
		free(run);
		return NULL;
	}
	run->runner = runner;
	run->kind = kind;
	run->started = clock_now();
	run->done = done;
	run->ctx = ctx;
	run->next = runner->first;
	run->link = &runner->first;
	if (run->next != NULL)
		run->next->link = &run->next;
	runner->first = run;
	r = watch(run);
	if (r < 0) {
		spawn_kill(&run->child, SIGKILL);
		(void)waitpid(run->child.pid, NULL, 0);
		cannot(ret_failed, -r, "");
		release(run);
		return NULL;
	}
	return run;
}
