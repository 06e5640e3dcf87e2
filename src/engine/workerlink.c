#include "engine/workerlink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "check/judge.h"
#include "engine/priority.h"
#include "io/clock.h"
#include "io/errmap.h"
#include "io/log.h"

enum {
	PAUSE_FIRST_US = 100000,
	PAUSE_MOST_US = 10000000,
	HEALTHY_US = 60000000,        /* a process that lived so long was no failure */
	NOTIFY_TIMEOUT_US = 60000000, /* documented in buoyd.conf(5) */
	MESSAGES_PER_WAKE = 64,
};

/* The strings follow the structure in the same block of memory. */
struct pending {
	struct pending *next;
	uint32_t serial, queue;
	bool given; /* to the worker that runs now */
	bool security;
	const char *user, *group, *instance;
	const char *argv[IPC_STRINGS_MAX], *envp[IPC_STRINGS_MAX];
};

static void pump(struct workerlink *w);
static void start_worker(struct workerlink *w);

/* ---- notifications ---------------------------------------------------------------------- */

static size_t list_size(const char *const *list, uint32_t *ret_count)
{
	size_t size = 0;
	uint32_t n = 0;

	for (; list != NULL && list[n] != NULL; n++)
		size += strlen(list[n]) + 1;
	*ret_count = n;
	return size;
}

static const char *copy(char **at, const char *s)
{
	char *p = *at;

	if (s == NULL)
		return NULL;
	*at = stpcpy(p, s) + 1;
	return p;
}

static size_t string_size(const char *s)
{
	return s != NULL ? strlen(s) + 1 : 0;
}

/* FNV-1a: the same instance has the same queue in every generation. Two that share one only wait
 * for each other. */
static uint32_t queue_of(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return h;
}

static struct pending *make_pending(const struct model *model, const char *instance,
				    const struct notify_call *call)
{
	const char *user = call->script->user, *group = call->script->group;
	uint32_t argc, envc;
	size_t size = list_size(call->argv, &argc) + list_size(call->envp, &envc);
	struct pending *p;
	char *at;

	if (user == NULL) {
		user = model->script_user;
		group = model->script_group;
	}
	if (argc >= IPC_STRINGS_MAX || envc >= IPC_STRINGS_MAX)
		return NULL;
	size += string_size(user) + string_size(group) + string_size(instance);
	p = calloc(1, sizeof(*p) + size);
	if (p == NULL)
		return NULL;
	at = (char *)(p + 1);
	p->queue = queue_of(instance);
	p->security = model->script_security;
	p->user = copy(&at, user);
	p->group = copy(&at, group);
	p->instance = copy(&at, instance);
	for (uint32_t i = 0; i < argc; i++)
		p->argv[i] = copy(&at, call->argv[i]);
	for (uint32_t i = 0; i < envc; i++)
		p->envp[i] = copy(&at, call->envp[i]);
	return p;
}

static void forget(struct workerlink *w, struct pending **at)
{
	struct pending *p = *at;

	*at = p->next;
	if (w->last == &p->next)
		w->last = at;
	w->pending_count--;
	free(p);
}

static void drop_oldest(struct workerlink *w)
{
	log_fmt(MSG_ERR, "(%s) notification dropped, %u wait already: %s", w->first->instance,
		w->pending_count, w->first->argv[0]);
	w->dropped++;
	forget(w, &w->first);
}

void workerlink_notify(struct workerlink *w, const char *instance, const struct notify_call *call)
{
	struct pending *p = make_pending(w->model, instance, call);

	if (p == NULL) {
		log_fmt(MSG_ERR, "(%s) notification dropped, too long or no memory: %s", instance,
			call->argv[0]);
		w->dropped++;
		return;
	}
	if (w->pending_count == WORKERLINK_PENDING_MAX)
		drop_oldest(w);
	p->serial = w->next_serial++;
	*w->last = p;
	w->last = &p->next;
	w->pending_count++;
	pump(w);
}

static void confirm(struct workerlink *w, const struct ipc_message *m)
{
	struct pending **at = &w->first;
	char buf[256];
	struct text t = TEXT(buf);

	while (*at != NULL && (*at)->serial != m->id)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	if (m->outcome != PROBE_OK) {
		probe_reason(&t, (enum probe_outcome)m->outcome, m->code, NOTIFY_TIMEOUT_US);
		log_fmt(MSG_WARNING, "(%s) notification %s: %s%s%s", (*at)->instance,
			(*at)->argv[0], buf, m->text[0] != '\0' ? ": " : "", m->text);
	}
	forget(w, at);
}

/* What a dead worker was given and had not confirmed waits again, in its old place. */
static void take_back(struct workerlink *w)
{
	for (struct pending *n = w->first; n != NULL; n = n->next)
		n->given = false;
}

/* ---- sending ---------------------------------------------------------------------------- */

static int send_check(struct workerlink *w, uint32_t id)
{
	const struct check_conf *c = &w->model->checks[id - w->first_id];
	bool own_user = c->script.user != NULL;
	struct ipc_message m = {
		.kind = IPC_CHECK,
		.id = id,
		.interval_us = c->interval_us,
		.command = { .argv = c->script.argv,
			     .user = own_user ? c->script.user : w->model->script_user,
			     .group = own_user ? c->script.group : w->model->script_group,
			     .timeout_us = c->timeout_us,
			     .security = w->model->script_security },
	};
	int err = ipc_send(w->process.fd, &m);

	if (err == E_AGAIN || err == E_CLOSED)
		return err;
	if (err < 0)
		log_fmt(MSG_ERR, "check %s cannot be handed to the worker: %s", c->name,
			err_text(err));
	return 0;
}

static int send_pending(struct workerlink *w, struct pending *p)
{
	struct ipc_message m = {
		.kind = IPC_NOTIFY,
		.id = p->serial,
		.queue = p->queue,
		.command = { .argv = p->argv,
			     .envp = p->envp,
			     .user = p->user,
			     .group = p->group,
			     .timeout_us = NOTIFY_TIMEOUT_US,
			     .security = p->security },
	};

	return ipc_send(w->process.fd, &m);
}

/* Old checks first are forgotten, then new ones told. */
static int send_checks(struct workerlink *w)
{
	struct worker_process *p = &w->process;
	uint32_t end = w->first_id + w->model->tracked[TRACKED_SCRIPT];
	int err;

	for (; p->told_from < p->told_to && p->told_from < w->first_id; p->told_from++) {
		err = ipc_send(p->fd,
			       &(struct ipc_message){ .kind = IPC_FORGET, .id = p->told_from });
		if (err < 0)
			return err;
	}
	if (p->told_to < w->first_id)
		p->told_from = p->told_to = w->first_id;
	for (; p->told_to < end; p->told_to++) {
		err = send_check(w, p->told_to);
		if (err < 0)
			return err;
	}
	return 0;
}

static int send_notifications(struct workerlink *w)
{
	int err;

	for (struct pending **at = &w->first; *at != NULL;) {
		struct pending *p = *at;

		if (p->given) {
			at = &p->next;
			continue;
		}
		err = send_pending(w, p);
		if (err == E_AGAIN || err == E_CLOSED)
			return err;
		if (err < 0) {
			log_fmt(MSG_ERR, "(%s) notification dropped: %s: %s", p->instance,
				p->argv[0], err_text(err));
			forget(w, at);
			continue;
		}
		p->given = true;
		at = &p->next;
	}
	return 0;
}

static int send_all(struct workerlink *w)
{
	struct worker_process *p = &w->process;
	int err = w->stopping || w->model == NULL ? 0 : send_checks(w);

	if (err == 0)
		err = send_notifications(w);
	if (err < 0 || !w->stopping || p->stop_sent)
		return err;
	err = ipc_send(p->fd, &(struct ipc_message){ .kind = IPC_STOP });
	p->stop_sent = err == 0;
	return err;
}

/* Sends what can be sent and asks to be woken for the rest. A closed socket is the business of
 * on_death(), which follows. */
static void pump(struct workerlink *w)
{
	if (w->process.pid == 0)
		return;
	sd_event_source_set_io_events(w->process.io,
				      send_all(w) == E_AGAIN ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* ---- receiving -------------------------------------------------------------------------- */

static void hear_probe(struct workerlink *w, const struct ipc_message *m)
{
	uint32_t index = m->id - w->first_id;

	if (w->stopping || w->model == NULL || index >= w->model->tracked[TRACKED_SCRIPT] ||
	    m->outcome >= PROBE_OUTCOME_COUNT)
		return;
	w->owner->probe(w->owner->ctx, (uint16_t)index, m);
}

static void hear(struct workerlink *w, const struct ipc_message *m)
{
	switch (m->kind) {
	case IPC_PROBE:
		hear_probe(w, m);
		return;
	case IPC_NOTIFIED:
		confirm(w, m);
		return;
	case IPC_LOG:
		log_line(m->level, m->text);
		return;
	case IPC_CHECK:
	case IPC_FORGET:
	case IPC_NOTIFY:
	case IPC_STOP:
	case IPC_KIND_COUNT:
		log_fmt(MSG_ERR, "the worker sent a message that only it may get: kind %u",
			(unsigned)m->kind);
		return;
	}
}

/* Returns 0 when there may be more, else the error that ended the reading. */
static int hear_some(struct workerlink *w)
{
	struct ipc_message m;
	int err;

	for (int i = 0; i < MESSAGES_PER_WAKE; i++) {
		err = ipc_recv(w->process.fd, &w->buffer, &m);
		if (err == 0)
			hear(w, &m);
		else if (err != E_SYNTAX)
			return err;
	}
	return 0;
}

static int on_message(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct workerlink *w = ctx;
	int err = hear_some(w);

	(void)fd, (void)revents;
	if (err == 0 || err == E_AGAIN) {
		pump(w);
		return 0;
	}
	sd_event_source_set_enabled(source, SD_EVENT_OFF); /* on_death() is to follow */
	if (!w->process.stop_sent)
		kill(w->process.pid, SIGKILL);
	return 0;
}

/* ---- life and death --------------------------------------------------------------------- */

static void clear(struct worker_process *p)
{
	sd_event_source_disable_unref(p->io);
	sd_event_source_disable_unref(p->death);
	if (p->fd >= 0)
		close(p->fd);
	*p = (struct worker_process){ .fd = -1 };
}

static int on_restart(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct workerlink *w = ctx;

	(void)source, (void)usec;
	w->restart = sd_event_source_disable_unref(w->restart);
	start_worker(w);
	return 0;
}

static void start_later(struct workerlink *w, usec_t lived)
{
	if (lived >= HEALTHY_US)
		w->pause_us = 0;
	w->pause_us = w->pause_us == 0 ? PAUSE_FIRST_US : usec_min(2 * w->pause_us, PAUSE_MOST_US);
	w->restart = sd_event_source_disable_unref(w->restart);
	if (sd_event_add_time(w->event, &w->restart, CLOCK_MONOTONIC, clock_now() + w->pause_us,
			      USEC_PER_MSEC, on_restart, w) < 0)
		log_line(MSG_ERR, "no memory to start the worker again: checks will fail");
}

static void tell_death(const struct workerlink *w, pid_t pid, const siginfo_t *info)
{
	bool killed = info->si_code != CLD_EXITED;

	log_fmt(MSG_ERR, "worker (pid %d) %s %d; it is started again in %llu ms", (int)pid,
		killed ? "was killed by signal" : "has ended with status", info->si_status,
		(unsigned long long)(w->pause_us / USEC_PER_MSEC));
}

static int on_death(sd_event_source *source, const siginfo_t *info, void *ctx)
{
	struct workerlink *w = ctx;
	usec_t lived = clock_now() - w->process.started_at;
	bool expected = w->process.stop_sent;
	pid_t pid = w->process.pid;

	(void)source;
	while (hear_some(w) == 0)
		;
	clear(&w->process);
	take_back(w);
	if (expected && w->first == NULL)
		return 0;
	w->restarts++;
	start_later(w, lived);
	tell_death(w, pid, info);
	return 0;
}

/* In the child: everything but |fd| closes itself at exec. It gets a process group of its own, so
 * that a Ctrl-C for us leaves it alone until its last notifications have run. */
static _Noreturn void become_worker(int program, int fd)
{
	char arg[32];
	struct text t = TEXT(arg);
	char *argv[] = { (char[]){ "buoyd" }, arg, NULL };
	sigset_t none;

	unsetenv("NOTIFY_SOCKET"); /* what systemd gave us is not for scripts */
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	text_fmt(&t, "--worker=%d", fd);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	fcntl(fd, F_SETFD, 0);
	fexecve(program, argv, environ);
	_exit(127);
}

static int watch(struct workerlink *w)
{
	struct worker_process *p = &w->process;
	int err = sd_event_add_io(w->event, &p->io, p->fd, EPOLLIN, on_message, w);

	if (err >= 0)
		err = sd_event_source_set_priority(p->io, PRIORITY_WORKER);
	if (err >= 0)
		err = sd_event_add_child(w->event, &p->death, p->pid, WEXITED, on_death, w);
	if (err >= 0)
		err = sd_event_source_set_priority(p->death, PRIORITY_WORKER);
	return err < 0 ? E_NOMEM : 0;
}

static int start(struct workerlink *w)
{
	int pair[2], err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_from_errno(errno);
	pid = fork();
	if (pid == 0)
		become_worker(w->program, pair[1]);
	err = err_from_errno(pid < 0 ? errno : 0);
	close(pair[1]);
	if (err < 0) {
		close(pair[0]);
		return err;
	}
	w->process = (struct worker_process){ .pid = pid,
					      .fd = pair[0],
					      .started_at = clock_now() };
	return watch(w);
}

static void end_now(struct workerlink *w)
{
	if (w->process.pid != 0) {
		kill(w->process.pid, SIGKILL);
		waitpid(w->process.pid, NULL, 0);
	}
	clear(&w->process);
}

static void start_worker(struct workerlink *w)
{
	int err = start(w);

	if (err == 0) {
		pump(w);
		return;
	}
	end_now(w);
	start_later(w, 0);
	log_fmt(MSG_ERR, "cannot start the worker: %s; tried again in %llu ms", err_text(err),
		(unsigned long long)(w->pause_us / USEC_PER_MSEC));
}

void workerlink_use(struct workerlink *w, const struct model *model)
{
	w->first_id += w->model != NULL ? w->model->tracked[TRACKED_SCRIPT] : 0;
	w->model = model;
	if (w->process.pid != 0)
		pump(w);
	else if (w->restart == NULL)
		start_worker(w);
}

void workerlink_stop(struct workerlink *w)
{
	w->stopping = true;
	pump(w);
}

bool workerlink_idle(const struct workerlink *w)
{
	return w->process.pid == 0 && w->first == NULL;
}

void workerlink_init(struct workerlink *w, sd_event *event, const struct workerlink_owner *owner,
		     int program)
{
	sigset_t child;

	*w = (struct workerlink){ .event = event, .owner = owner, .program = program };
	w->process.fd = -1;
	w->last = &w->first;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
}

void workerlink_done(struct workerlink *w)
{
	w->restart = sd_event_source_disable_unref(w->restart);
	end_now(w);
	while (w->first != NULL)
		forget(w, &w->first);
}
