/* tests/unit/worker_host.h - a worker in a process of its own, the socket to it, and a directory
 * for scripts: the engine's side of the worker for its tests. */
#ifndef TESTS_WORKER_HOST_H
#define TESTS_WORKER_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "check/judge.h"
#include "io/clock.h"
#include "io/ipc.h"
#include "worker/tail.h"
#include "worker/worker.h"

#define MS USEC_PER_MSEC
#define S  USEC_PER_SEC

/* As long as anything may take on a busy machine before it counts as lost. */
#define PATIENCE (20 * S)

static struct host {
	char dir[64];
	int fd;
	pid_t worker;
	struct ipc_buffer buf;
	struct ipc_message m;
} host;

/* ---- files ---- */

static inline const char *in_dir(const char *name)
{
	static char paths[8][160];
	static unsigned next;
	char *p = paths[next++ % 8];

	snprintf(p, sizeof(paths[0]), "%s/%s", host.dir, name);
	return p;
}

static inline void write_file(const char *name, const char *first, const char *body, mode_t mode)
{
	FILE *f = fopen(in_dir(name), "we");

	assert_non_null(f);
	fprintf(f, "%s%s", first, body);
	fclose(f);
	assert_int_equal(chmod(in_dir(name), mode), 0);
}

/* A shell script. $D is the directory of the test. */
static inline const char *script(const char *name, const char *body)
{
	char first[128];

	snprintf(first, sizeof(first), "#!/bin/sh\nD=%s\n", host.dir);
	write_file(name, first, body, 0755);
	return in_dir(name);
}

/* The content of a file, "" when it is not there. */
static inline const char *content(const char *name)
{
	static char buf[65536];
	FILE *f = fopen(in_dir(name), "re");
	size_t n = 0;

	if (f != NULL) {
		n = fread(buf, 1, sizeof(buf) - 1, f);
		fclose(f);
	}
	buf[n] = '\0';
	return buf;
}

static inline void remove_dir(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", host.dir);
	assert_int_equal(system(command), 0);
}

/* ---- waiting ---- */

static inline void sleep_us(usec_t us)
{
	usleep((useconds_t)us);
}

/* Waits until |name| has a number in it, the pid of a process, and returns it. */
static inline pid_t pid_in(const char *name)
{
	for (usec_t end = clock_now() + PATIENCE; clock_now() < end; sleep_us(5 * MS)) {
		const char *text = content(name);

		if (strchr(text, '\n') != NULL)
			return (pid_t)strtol(text, NULL, 10);
	}
	fail_msg("%s was never written", name);
	return -1;
}

/* 'R', 'S', 'Z', ... or 0 when there is no such process. */
static inline char process_state(pid_t pid)
{
	char path[64], line[512], state = '\0';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return '\0';
	if (fgets(line, sizeof(line), f) != NULL && strrchr(line, ')') != NULL)
		state = strrchr(line, ')')[2];
	fclose(f);
	return state;
}

/* Orphans become our children, see run_cases(), and are buried here; a zombie of the worker's is
 * not. */
static inline bool dies_within(pid_t pid, usec_t us)
{
	for (usec_t end = clock_now() + us; clock_now() < end; sleep_us(2 * MS))
		if (waitpid(pid, NULL, WNOHANG) == pid || process_state(pid) == '\0')
			return true;
	return false;
}

/* ---- the worker ---- */

static inline void start_worker_as(uid_t uid, int send_buffer)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	if (send_buffer > 0)
		assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &send_buffer,
					    sizeof(send_buffer)),
				 0);
	fflush(NULL);
	host.worker = fork();
	assert_true(host.worker >= 0);
	if (host.worker == 0) {
		close(pair[0]);
		if (uid != 0 && (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0))
			_exit(99);
		exit(worker_main(pair[1]));
	}
	close(pair[1]);
	host.fd = pair[0];
}

static inline int setup_files(void **state)
{
	(void)state;
	strcpy(host.dir, "/tmp/buoy-worker-XXXXXX");
	host.fd = -1;
	host.worker = 0;
	return mkdtemp(host.dir) != NULL && chmod(host.dir, 0755) == 0 ? 0 : -1;
}

static inline int setup(void **state)
{
	if (setup_files(state) != 0)
		return -1;
	start_worker_as(0, 0);
	return 0;
}

static inline void hang_up(void)
{
	if (host.fd >= 0)
		close(host.fd);
	host.fd = -1;
}

/* Waits for the worker's end and returns its exit status; -1: killed by a signal or still there. */
static inline int end_of_worker(usec_t patience)
{
	int status;

	for (usec_t end = clock_now() + patience; clock_now() < end; sleep_us(2 * MS)) {
		if (waitpid(host.worker, &status, WNOHANG) != host.worker)
			continue;
		host.worker = 0;
		return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	}
	return -1;
}

/* Whatever the case has done, its worker ends when we hang up, and ends well. */
static inline int teardown(void **state)
{
	int status = 0;

	(void)state;
	hang_up();
	if (host.worker > 0)
		status = end_of_worker(PATIENCE);
	if (host.worker > 0) {
		kill(host.worker, SIGKILL);
		waitpid(host.worker, NULL, 0);
	}
	remove_dir();
	return status;
}

static inline void send_message(const struct ipc_message *m)
{
	int r;

	while ((r = ipc_send(host.fd, m)) == E_AGAIN)
		sleep_us(MS);
	assert_int_equal(r, 0);
}

struct job {
	const char *path, *arg;
	const char *user, *group;
	const char *const *envp;
	usec_t interval_us, timeout_us;
	bool security;
};

static inline void send_job(enum ipc_kind kind, uint32_t id, uint32_t queue, const struct job *j)
{
	const char *const argv[] = { j->path, j->arg, NULL };

	send_message(&(struct ipc_message){
		.kind = kind,
		.id = id,
		.queue = queue,
		.interval_us = kind == IPC_CHECK && j->interval_us == 0 ? 3600 * S : j->interval_us,
		.command = { .argv = argv,
			     .envp = j->envp,
			     .user = j->user,
			     .group = j->group,
			     .timeout_us = j->timeout_us > 0 ? j->timeout_us : PATIENCE,
			     .security = j->security },
	});
}

#define CHECK(id_, ...)        send_job(IPC_CHECK, (id_), 0, &(struct job){ __VA_ARGS__ })
#define NOTE(id_, queue_, ...) send_job(IPC_NOTIFY, (id_), (queue_), &(struct job){ __VA_ARGS__ })

/* Takes the next message into host.m within |us|. */
static inline bool hear(usec_t us)
{
	for (usec_t end = clock_now() + us;;) {
		usec_t now = clock_now();
		int r = ipc_recv(host.fd, &host.buf, &host.m);

		if (r == 0)
			return true;
		assert_int_equal(r, E_AGAIN);
		if (now >= end)
			return false;
		poll(&(struct pollfd){ .fd = host.fd, .events = POLLIN }, 1,
		     (int)((end - now) / MS) + 1);
	}
}

/* The next message is this one. */
static inline void expect(enum ipc_kind kind, uint32_t id, enum probe_outcome outcome, int32_t code)
{
	assert_true(hear(PATIENCE));
	assert_int_equal(host.m.kind, kind);
	assert_int_equal(host.m.id, id);
	assert_int_equal(host.m.outcome, outcome);
	assert_int_equal(host.m.code, code);
}

/* The next message is of this kind, about whomever. */
static inline void expect_about_any(enum ipc_kind kind, enum probe_outcome outcome)
{
	assert_true(hear(PATIENCE));
	assert_int_equal(host.m.kind, kind);
	assert_int_equal(host.m.outcome, outcome);
}

static inline void expect_text(const char *text)
{
	assert_string_equal(host.m.text, text);
}

static inline void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* What neither obeys nor is alone. */
static const char stubborn[]
	__attribute__((unused)) = "trap '' TERM\necho $$ >$D/pid\nsleep 60 &\necho $! >$D/child\n"
				  "echo still waiting\nwait\nwait\nsleep 60\n";

#define CASE(f)  cmocka_unit_test_setup_teardown(f, setup, teardown)
#define CASE_(f) cmocka_unit_test_setup_teardown(f, setup_files, teardown) /* starts its own */

/* Orphans of the worker become our children, so that dies_within() can tell them from its zombies.
 */
#define run_cases(tests)                                                                           \
	(prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 ? 1 : cmocka_run_group_tests((tests), NULL, NULL))

#endif
