#include "worker/worker.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/err.h"
#include "io/clock.h"
#include "io/ipc.h"
#include "worker/notes.h"
#include "worker/outbox.h"
#include "worker/probes.h"
#include "worker/run.h"

/* How long the worker stays for processes it has killed and that are still there. */
#define WORKER_FAREWELL_US (RUN_GRACE_US + USEC_PER_SEC)

/* Messages taken in at once, before scripts that have ended or timed out are looked after. */
enum { WORKER_MESSAGES_MAX = 32 };

struct worker {
	int fd;
	sd_event *event;
	sd_event_source *io, *settle, *farewell;
	struct runner runner;
	struct outbox outbox;
	struct probes probes;
	struct notes notes;
	bool stopping; /* IPC_STOP has come */
	bool closed;   /* the engine is gone */
	bool overdue;  /* no more waiting for what cannot be killed */
	int failure;   /* enum err of what made us end early */
	struct ipc_buffer buf;
};

static void engine_gone(struct worker *w)
{
	w->closed = true;
	w->io = sd_event_source_disable_unref(w->io);
	outbox_close(&w->outbox);
	probes_done(&w->probes, true);
	if (!w->stopping)
		notes_drop_waiting(&w->notes);
}

static void complain(const struct worker *w, const char *text)
{
	(void)ipc_send(w->fd,
		       &(struct ipc_message){ .kind = IPC_LOG, .level = MSG_ERR, .text = text });
}

static int obey(struct worker *w, const struct ipc_message *m)
{
	switch (m->kind) {
	case IPC_CHECK:
		return w->stopping ? 0 : probes_define(&w->probes, m);
	case IPC_FORGET:
		probes_forget(&w->probes, m->id);
		return 0;
	case IPC_NOTIFY:
		return notes_add(&w->notes, m);
	case IPC_STOP:
		w->stopping = true;
		probes_done(&w->probes, false);
		return 0;
	case IPC_PROBE:
	case IPC_NOTIFIED:
	case IPC_LOG:
	case IPC_KIND_COUNT:
		break;
	}
	complain(w, "the worker got a message that only the engine should get");
	return 0;
}

/* Takes in one message. Returns false when there is none for now. */
static bool take_message(struct worker *w)
{
	struct ipc_message m;
	int r = ipc_recv(w->fd, &w->buf, &m);

	if (r == E_AGAIN)
		return false;
	if (r == E_SYNTAX) {
		complain(w, "the worker got a message it does not understand");
		return true;
	}
	if (r != 0) {
		engine_gone(w);
		return false;
	}
	w->failure = obey(w, &m);
	if (w->failure != 0)
		(void)sd_event_exit(w->event, EXIT_FAILURE);
	return w->failure == 0;
}

static int on_engine(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	struct worker *w = ctx;

	(void)source;
	(void)fd;
	if (events & EPOLLOUT)
		outbox_flush(&w->outbox);
	for (int i = 0; i < WORKER_MESSAGES_MAX; i++)
		if (!take_message(w))
			break;
	return 0;
}

static int on_farewell(sd_event_source *source, uint64_t when, void *ctx)
{
	struct worker *w = ctx;

	(void)source;
	(void)when;
	w->overdue = true;
	return 0;
}

/* After every event: whether the end has come. */
static int on_settle(sd_event_source *source, void *ctx)
{
	struct worker *w = ctx;

	(void)source;
	if (!w->stopping && !w->closed)
		return 0;
	if (!notes_idle(&w->notes) || w->outbox.first != NULL)
		return 0;
	if (w->runner.first == NULL || w->overdue)
		return sd_event_exit(w->event, EXIT_SUCCESS);
	if (w->farewell == NULL &&
	    sd_event_add_time(w->event, &w->farewell, CLOCK_MONOTONIC,
			      clock_now() + WORKER_FAREWELL_US, 1, on_farewell, w) < 0)
		return sd_event_exit(w->event, EXIT_FAILURE);
	return 0;
}

static void close_all_but(int fd)
{
	if (fd > 3)
		(void)close_range(3, (unsigned)fd - 1, 0);
	(void)close_range(fd < 3 ? 3 : (unsigned)fd + 1, UINT_MAX, 0);
}

static void set_signals(void)
{
	static const int ignored[] = {
		SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM
	};
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t blocked;

	/* What is sent to all processes of the name, or of the terminal, is meant for the engine.
	 */
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)sigaction(ignored[i], &ignore, NULL);
	for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		(void)sigaction(sig, &ignore, NULL);
	/* Ignored, it would keep the kernel from telling us how a child ended; the loop wants it
	 * blocked. */
	(void)sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* As many descriptors as we may have: a run takes three. What we run gets what we got. */
static void raise_limit(struct rlimit *ret_before)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, ret_before) != 0)
		*ret_before = (struct rlimit){ 1024, 4096 };
	most = (struct rlimit){ ret_before->rlim_max, ret_before->rlim_max };
	(void)setrlimit(RLIMIT_NOFILE, &most);
}

static int begin(struct worker *w, int fd)
{
	int r = sd_event_new(&w->event);

	if (r < 0)
		return r;
	w->fd = fd;
	w->runner.event = w->event;
	w->runner.drain.event = w->event;
	raise_limit(&w->runner.files);
	r = sd_event_add_io(w->event, &w->io, fd, EPOLLIN, on_engine, w);
	if (r < 0)
		return r;
	outbox_init(&w->outbox, fd, w->io);
	w->probes = (struct probes){ .runner = &w->runner, .outbox = &w->outbox };
	if (notes_init(&w->notes, &w->runner, &w->outbox) != 0)
		return -ENOMEM;
	return sd_event_add_post(w->event, &w->settle, on_settle, w);
}

static void end(struct worker *w)
{
	probes_done(&w->probes, true);
	notes_done(&w->notes);
	runs_done(&w->runner);
	outbox_close(&w->outbox);
	drain_done(&w->runner.drain);
	sd_event_source_unref(w->farewell);
	sd_event_source_unref(w->settle);
	sd_event_source_unref(w->io);
	sd_event_unref(w->event);
	close(w->fd);
	free(w);
}

int worker_main(int fd)
{
	struct worker *w = calloc(1, sizeof(*w));
	int status = EXIT_FAILURE;

	if (w == NULL)
		return EXIT_FAILURE;
	(void)prctl(PR_SET_NAME, "buoy-worker");
	close_all_but(fd);
	set_signals();
	(void)sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 });
	if (begin(w, fd) >= 0)
		status = sd_event_loop(w->event);
	if (w->failure != 0)
		complain(w, "the worker has no memory left");
	end(w);
	return status < 0 ? EXIT_FAILURE : status;
}
