/* The worker as the engine sees it: a process at the other end of a socket, running real scripts.
 */
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

static const char *in_dir(const char *name)
{
	static char paths[8][160];
	static unsigned next;
	char *p = paths[next++ % 8];

	snprintf(p, sizeof(paths[0]), "%s/%s", host.dir, name);
	return p;
}

static void write_file(const char *name, const char *first, const char *body, mode_t mode)
{
	FILE *f = fopen(in_dir(name), "we");

	assert_non_null(f);
	fprintf(f, "%s%s", first, body);
	fclose(f);
	assert_int_equal(chmod(in_dir(name), mode), 0);
}

/* A shell script. $D is the directory of the test. */
static const char *script(const char *name, const char *body)
{
	char first[128];

	snprintf(first, sizeof(first), "#!/bin/sh\nD=%s\n", host.dir);
	write_file(name, first, body, 0755);
	return in_dir(name);
}

/* The content of a file, "" when it is not there. */
static const char *content(const char *name)
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

static void remove_dir(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", host.dir);
	assert_int_equal(system(command), 0);
}

/* ---- waiting ---- */

static void sleep_us(usec_t us)
{
	usleep((useconds_t)us);
}

/* Waits until |name| has a number in it, the pid of a process, and returns it. */
static pid_t pid_in(const char *name)
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
static char process_state(pid_t pid)
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

/* Orphans become our children, see main(), and are buried here; a zombie of the worker's is not. */
static bool dies_within(pid_t pid, usec_t us)
{
	for (usec_t end = clock_now() + us; clock_now() < end; sleep_us(2 * MS))
		if (waitpid(pid, NULL, WNOHANG) == pid || process_state(pid) == '\0')
			return true;
	return false;
}

/* ---- the worker ---- */

static void start_worker_as(uid_t uid, int send_buffer)
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

static int setup_files(void **state)
{
	(void)state;
	strcpy(host.dir, "/tmp/buoy-worker-XXXXXX");
	host.fd = -1;
	host.worker = 0;
	return mkdtemp(host.dir) != NULL && chmod(host.dir, 0755) == 0 ? 0 : -1;
}

static int setup(void **state)
{
	if (setup_files(state) != 0)
		return -1;
	start_worker_as(0, 0);
	return 0;
}

static void hang_up(void)
{
	if (host.fd >= 0)
		close(host.fd);
	host.fd = -1;
}

/* Waits for the worker's end and returns its exit status; -1: killed by a signal or still there. */
static int end_of_worker(usec_t patience)
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
static int teardown(void **state)
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

static void send_message(const struct ipc_message *m)
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

static void send_job(enum ipc_kind kind, uint32_t id, uint32_t queue, const struct job *j)
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
static bool hear(usec_t us)
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
static void expect(enum ipc_kind kind, uint32_t id, enum probe_outcome outcome, int32_t code)
{
	assert_true(hear(PATIENCE));
	assert_int_equal(host.m.kind, kind);
	assert_int_equal(host.m.id, id);
	assert_int_equal(host.m.outcome, outcome);
	assert_int_equal(host.m.code, code);
}

/* The next message is of this kind, about whomever. */
static void expect_about_any(enum ipc_kind kind, enum probe_outcome outcome)
{
	assert_true(hear(PATIENCE));
	assert_int_equal(host.m.kind, kind);
	assert_int_equal(host.m.outcome, outcome);
}

static void expect_text(const char *text)
{
	assert_string_equal(host.m.text, text);
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* ---- outcomes ---- */

static void a_success_is_told_and_the_first_run_comes_at_once(void **state)
{
	usec_t before = clock_now();

	(void)state;
	CHECK(5, .path = script("ok", "echo all is well\n"));
	expect(IPC_PROBE, 5, PROBE_OK, 0);
	expect_text("");
	assert_in_range(host.m.duration_us, 1, clock_now() - before);
	assert_true(clock_now() - before < 5 * S);
	assert_false(hear(100 * MS));
}

static void a_failure_is_told_with_its_last_words(void **state)
{
	(void)state;
	CHECK(1, .path = script("bad", "echo first\nprintf 'ERROR 2002:\\tno socket \\n\\n' >&2\n"
				       "exit 3\n"));
	expect(IPC_PROBE, 1, PROBE_EXIT, 3);
	expect_text("ERROR 2002: no socket");
}

static void last_words_without_an_end_of_line_count_and_long_ones_are_cut(void **state)
{
	char want[TAIL_TEXT_MAX];

	(void)state;
	memset(want, 'x', TAIL_MAX);
	want[TAIL_MAX] = '\0';
	CHECK(1, .path = script("bad", "echo first; i=0\n"
				       "while [ $i -lt 1000 ]; do printf x; i=$((i+1)); done\n"
				       "exit 1\n"));
	expect(IPC_PROBE, 1, PROBE_EXIT, 1);
	expect_text(want);
}

static void any_amount_of_output_blocks_nobody(void **state)
{
	(void)state;
	CHECK(1, .path = script("loud", "head -c 5000000 /dev/zero | tr '\\0' 'a' >&2\n"
					"printf '\\nthe end\\n'\nexit 1\n"));
	expect(IPC_PROBE, 1, PROBE_EXIT, 1);
	expect_text("the end");
}

static void a_death_by_signal_is_told(void **state)
{
	(void)state;
	CHECK(1, .path = script("dies", "kill -9 $$\n"));
	expect(IPC_PROBE, 1, PROBE_SIGNAL, 9);
}

static void what_cannot_be_executed_has_failed(void **state)
{
	(void)state;
	write_file("plain", "#!/bin/sh\n", "exit 0\n", 0644);
	write_file("headless", "#!/no/such/interpreter\n", "exit 0\n", 0755);
	CHECK(1, .path = in_dir("missing"));
	expect(IPC_PROBE, 1, PROBE_CANNOT_RUN, ENOENT);
	expect_text("");
	CHECK(2, .path = in_dir("plain"));
	expect(IPC_PROBE, 2, PROBE_CANNOT_RUN, EACCES);
	CHECK(3, .path = in_dir("headless"));
	expect(IPC_PROBE, 3, PROBE_CANNOT_RUN, ENOENT);
	expect_text("the interpreter it names is not there");
	CHECK(4, .path = host.dir);
	expect(IPC_PROBE, 4, PROBE_CANNOT_RUN, EACCES);
	CHECK(5, .path = "no-such-program-anywhere");
	expect(IPC_PROBE, 5, PROBE_CANNOT_RUN, ENOENT);
	NOTE(6, 0, .path = in_dir("missing"));
	expect(IPC_NOTIFIED, 6, PROBE_CANNOT_RUN, ENOENT);
}

/* keepalived once counted it as a success when the script vanished while it ran. */
static void a_script_that_vanishes_fails_from_then_on_and_recovers(void **state)
{
	const char *path = script("ok", "exit 0\n");

	(void)state;
	CHECK(1, .path = path, .interval_us = 50 * MS);
	expect(IPC_PROBE, 1, PROBE_OK, 0);
	assert_int_equal(rename(path, in_dir("away")), 0);
	do
		assert_true(hear(PATIENCE));
	while (host.m.outcome == PROBE_OK);
	assert_int_equal(host.m.outcome, PROBE_CANNOT_RUN);
	assert_int_equal(host.m.code, ENOENT);
	assert_int_equal(rename(in_dir("away"), path), 0);
	do
		assert_true(hear(PATIENCE));
	while (host.m.outcome == PROBE_CANNOT_RUN);
	assert_int_equal(host.m.outcome, PROBE_OK);
}

static void a_text_without_an_interpreter_is_run_by_the_shell(void **state)
{
	(void)state;
	write_file("bare", "", "[ \"$1\" = argument ] && exit 6\n", 0755);
	CHECK(1, .path = in_dir("bare"), .arg = "argument");
	expect(IPC_PROBE, 1, PROBE_EXIT, 6);
}

static void a_program_without_a_path_is_found(void **state)
{
	(void)state;
	CHECK(1, .path = "false");
	expect(IPC_PROBE, 1, PROBE_EXIT, 1);
}

/* ---- time ---- */

static const char stubborn[] = "trap '' TERM\necho $$ >$D/pid\nsleep 60 &\necho $! >$D/child\n"
			       "echo still waiting\nwait\nwait\nsleep 60\n";

static void a_timeout_is_told_at_its_deadline_and_not_when_the_script_is_gone(void **state)
{
	usec_t best = S;

	(void)state;
	script("stubborn", stubborn);
	for (uint32_t i = 0; i < 5 && best > 50 * MS; i++) {
		usec_t sent = clock_now(), took;

		CHECK(i, .path = in_dir("stubborn"), .timeout_us = 300 * MS);
		expect(IPC_PROBE, i, PROBE_TIMEOUT, 0);
		took = clock_now() - sent;
		assert_true(took >= 300 * MS);
		assert_int_equal(host.m.duration_us, 300 * MS);
		best = usec_min(best, took - 300 * MS);
		assert_int_not_equal(process_state(pid_in("pid")), '\0');
		send_message(&(struct ipc_message){ .kind = IPC_FORGET, .id = i });
	}
	assert_true(best <= 50 * MS);
}

static void a_timeout_is_told_with_the_last_words(void **state)
{
	(void)state;
	CHECK(1, .path = script("stubborn", stubborn), .timeout_us = 400 * MS);
	expect(IPC_PROBE, 1, PROBE_TIMEOUT, 0);
	expect_text("still waiting");
}

static void what_does_not_obey_sigterm_is_killed_two_seconds_later_with_its_children(void **state)
{
	usec_t timed_out, took;
	pid_t pid, child;

	(void)state;
	CHECK(1, .path = script("stubborn", stubborn), .timeout_us = 500 * MS);
	pid = pid_in("pid");
	child = pid_in("child");
	expect(IPC_PROBE, 1, PROBE_TIMEOUT, 0);
	timed_out = clock_now();
	assert_true(dies_within(pid, PATIENCE));
	took = clock_now() - timed_out;
	assert_in_range(took, 1900 * MS, 4 * S);
	assert_true(dies_within(child, PATIENCE));
}

static void a_script_that_obeys_sigterm_and_exits_0_has_timed_out_all_the_same(void **state)
{
	(void)state;
	CHECK(1,
	      .path = script("tidy", "trap 'exit 0' TERM\necho $$ >$D/pid\n"
				     "while :; do sleep 0.02; done\n"),
	      .timeout_us = 300 * MS);
	expect(IPC_PROBE, 1, PROBE_TIMEOUT, 0);
	assert_true(dies_within(pid_in("pid"), PATIENCE));
	assert_false(hear(200 * MS));
}

/* Each run that cannot start because the last one will not end has timed out in its turn. */
static void a_script_that_will_not_end_fails_again_and_again(void **state)
{
	(void)state;
	CHECK(1, .path = script("stubborn", stubborn), .timeout_us = 200 * MS,
	      .interval_us = 200 * MS);
	for (int i = 0; i < 4; i++)
		expect(IPC_PROBE, 1, PROBE_TIMEOUT, 0);
	assert_int_not_equal(process_state(pid_in("pid")), '\0');
}

static void runs_never_overlap(void **state)
{
	(void)state;
	CHECK(1, .path = script("slow", "mkdir $D/lock || exit 7\nsleep 0.25\nrmdir $D/lock\n"),
	      .interval_us = 100 * MS);
	for (int i = 0; i < 5; i++)
		expect(IPC_PROBE, 1, PROBE_OK, 0);
}

static void a_stubborn_run_delays_the_next_instead_of_overlapping(void **state)
{
	pid_t first;

	(void)state;
	CHECK(1,
	      .path = script("stubborn", "trap '' TERM\nmkdir $D/lock || exit 7\necho $$ >$D/pid\n"
					 "sleep 1\nrmdir $D/lock\nsleep 0.2\n"),
	      .interval_us = 100 * MS, .timeout_us = 300 * MS);
	first = pid_in("pid");
	do {
		expect(IPC_PROBE, 1, PROBE_TIMEOUT, 0);
	} while (pid_in("pid") == first);
	assert_int_equal(process_state(first), '\0');
}

/* Half of the interval is used by the run itself: counted from its end it would be 1.5 s in all. */
static void runs_keep_to_the_grid_of_their_interval(void **state)
{
	usec_t sent = clock_now();

	(void)state;
	CHECK(1, .path = "sleep", .arg = "0.05", .interval_us = 100 * MS);
	for (usec_t i = 0; i <= 10; i++) {
		expect(IPC_PROBE, 1, PROBE_OK, 0);
		assert_true(clock_now() - sent >= i * 100 * MS + 50 * MS);
	}
	assert_true(clock_now() - sent < 1450 * MS);
}

/* ---- groups and orphans ---- */

static void what_a_check_leaves_behind_is_killed(void **state)
{
	(void)state;
	CHECK(1, .path = script("litter", "sleep 60 &\necho $! >$D/pid\nexit 0\n"));
	expect(IPC_PROBE, 1, PROBE_OK, 0);
	assert_true(dies_within(pid_in("pid"), PATIENCE));
}

/* A process that shares the pipe |pid| writes to; 0 when there is none. */
static pid_t reader_of(pid_t pid)
{
	char command[256], line[64] = "";
	FILE *f;

	snprintf(command, sizeof(command),
		 "t=$(readlink /proc/%d/fd/1) || exit; for p in /proc/[0-9]*; do "
		 "[ \"$(cat $p/comm 2>/dev/null)\" = buoy-drain ] && "
		 "ls -l $p/fd 2>/dev/null | grep -qF \"$t\" && echo ${p#/proc/}; done",
		 (int)pid);
	f = popen(command, "re");
	assert_non_null(f);
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	pclose(f);
	return (pid_t)strtol(line, NULL, 10);
}

static void a_daemon_that_a_notification_starts_lives_on_and_may_print(void **state)
{
	pid_t daemon, reader;

	(void)state;
	NOTE(1, 0,
	     .path = script("starts", "(while :; do echo alive; sleep 0.02; done) &\n"
				      "echo $! >$D/pid\nexit 0\n"));
	expect(IPC_NOTIFIED, 1, PROBE_OK, 0);
	daemon = pid_in("pid");
	assert_false(dies_within(daemon, 200 * MS));
	send_message(&(struct ipc_message){ .kind = IPC_STOP });
	assert_int_equal(end_of_worker(PATIENCE), 0);
	assert_false(dies_within(daemon, 200 * MS));
	reader = reader_of(daemon);
	assert_true(reader > 0);
	kill(daemon, SIGKILL);
	/* What reads in the worker's place has nothing left to read then. */
	assert_true(dies_within(reader, PATIENCE));
}

static void no_zombie_stays(void **state)
{
	char command[128];

	(void)state;
	script("litter", "sleep 60 & exit 0\n");
	for (uint32_t i = 0; i < 20; i++)
		CHECK(i, .path = in_dir("litter"), .interval_us = 100 * MS);
	for (int i = 0; i < 60; i++)
		expect_about_any(IPC_PROBE, PROBE_OK);
	for (uint32_t i = 0; i < 20; i++)
		send_message(&(struct ipc_message){ .kind = IPC_FORGET, .id = i });
	sleep_us(500 * MS);
	snprintf(command, sizeof(command), "[ -z \"$(cat /proc/%d/task/%d/children)\" ]",
		 (int)host.worker, (int)host.worker);
	assert_int_equal(system(command), 0);
}

/* ---- surroundings ---- */

static const char report_all[] =
	"ls /proc/$$/fd >$D/open\n{ echo \"args=$*\"; echo \"cwd=$(pwd)\"; echo "
	"\"umask=$(umask)\"\n"
	"echo \"group=$([ $(cut -d' ' -f5 /proc/$$/stat) = $$ ] && echo own)\"\n"
	"echo \"ignored=$(sed -n 's/^SigIgn:\\t//p' /proc/$$/status)\"\n"
	"echo \"blocked=$(sed -n 's/^SigBlk:\\t//p' /proc/$$/status)\"\n"
	"echo \"stdin=$(readlink /proc/$$/fd/0)\"\n"
	"echo \"extra=$(grep -c '^[3-9]$' $D/open)\"\n"
	"echo \"preload=$LD_PRELOAD library=$LD_LIBRARY_PATH socket=$NOTIFY_SOCKET\"\n"
	"echo \"kept=$KEPT replaced=$REPLACED added=$ADDED\"\n"
	"echo \"files=$(ulimit -n)\"; } >$D/report.new\nmv $D/report.new $D/report\n";

static void a_script_finds_clean_surroundings(void **state)
{
	static const char *const envp[] = { "ADDED=new", "REPLACED=new", NULL };
	char want[64];

	(void)state;
	setenv("LD_LIBRARY_PATH", "/tmp/evil", 1);
	setenv("NOTIFY_SOCKET", "/run/x", 1);
	setenv("KEPT", "old", 1);
	setenv("REPLACED", "old", 1);
	start_worker_as(0, 0);
	unsetenv("LD_LIBRARY_PATH");
	unsetenv("NOTIFY_SOCKET");
	NOTE(1, 0, .path = script("report.sh", report_all), .arg = "one two", .envp = envp);
	expect(IPC_NOTIFIED, 1, PROBE_OK, 0);
	snprintf(want, sizeof(want), "files=%ld\n", sysconf(_SC_OPEN_MAX));
	assert_non_null(strstr(content("report"), want));
	assert_non_null(strstr(content("report"), "args=one two\ncwd=/\numask=0022\ngroup=own\n"
						  "ignored=0000000000000000\n"
						  "blocked=0000000000000000\n"
						  "stdin=/dev/null\nextra=0\n"
						  "preload= library= socket=\n"
						  "kept=old replaced=new added=new\n"));
}

static void a_script_runs_as_its_user(void **state)
{
	(void)state;
	need_root();
	script("who", "echo \"$(id -u):$(id -g):$(id -G)\"\nexit 1\n");
	CHECK(1, .path = in_dir("who"), .user = "nobody");
	expect(IPC_PROBE, 1, PROBE_EXIT, 1);
	expect_text("65534:65534:65534");
	CHECK(2, .path = in_dir("who"), .user = "nobody", .group = "daemon");
	expect(IPC_PROBE, 2, PROBE_EXIT, 1);
	expect_text("65534:1:1");
	NOTE(3, 0, .path = in_dir("who"), .user = "nobody");
	expect(IPC_NOTIFIED, 3, PROBE_EXIT, 1);
	expect_text("65534:65534:65534");
	assert_int_equal(chmod(in_dir("who"), 0700), 0);
	CHECK(4, .path = in_dir("who"), .user = "nobody");
	expect(IPC_PROBE, 4, PROBE_CANNOT_RUN, EACCES);
}

static void a_user_that_is_not_there_is_a_failure(void **state)
{
	(void)state;
	CHECK(1, .path = "true", .user = "no-such-user");
	expect(IPC_PROBE, 1, PROBE_CANNOT_RUN, 0);
	expect_text("there is no user no-such-user");
	NOTE(2, 0, .path = "true", .user = "nobody", .group = "no-such-group");
	expect(IPC_NOTIFIED, 2, PROBE_CANNOT_RUN, 0);
	expect_text("there is no group no-such-group");
}

static void without_root_only_our_own_user_is_allowed(void **state)
{
	(void)state;
	need_root();
	start_worker_as(65534, 0);
	CHECK(1, .path = script("who", "echo \"$(id -u)\"\nexit 1\n"));
	expect(IPC_PROBE, 1, PROBE_EXIT, 1);
	expect_text("65534");
	CHECK(2, .path = in_dir("who"), .user = "root");
	expect(IPC_PROBE, 2, PROBE_CANNOT_RUN, EPERM);
	expect_text("only root can run it as another user");
	CHECK(3, .path = in_dir("who"), .user = "nobody");
	expect(IPC_PROBE, 3, PROBE_EXIT, 1);
}

static void with_script_security_root_runs_nothing_that_others_can_change(void **state)
{
	char want[160];

	(void)state;
	need_root();
	script("safe", "exit 3\n");
	assert_int_equal(mkdir(in_dir("open"), 0755), 0);
	assert_int_equal(chmod(in_dir("open"), 0777), 0);
	script("open/unsafe", "exit 4\n");
	snprintf(want, sizeof(want), "others than root can change %s/open", host.dir);
	CHECK(1, .path = in_dir("open/unsafe"), .user = "root", .security = true);
	expect(IPC_PROBE, 1, PROBE_CANNOT_RUN, EPERM);
	expect_text(want);
	CHECK(2, .path = in_dir("open/unsafe"), .user = "root");
	expect(IPC_PROBE, 2, PROBE_EXIT, 4);
	CHECK(3, .path = in_dir("safe"), .user = "root", .security = true);
	expect(IPC_PROBE, 3, PROBE_EXIT, 3);
	CHECK(4, .path = in_dir("open/unsafe"), .user = "nobody", .security = true);
	expect(IPC_PROBE, 4, PROBE_EXIT, 4);
	NOTE(5, 0, .path = in_dir("open/unsafe"), .user = "root", .security = true);
	expect(IPC_NOTIFIED, 5, PROBE_CANNOT_RUN, EPERM);
}

/* ---- definitions ---- */

static void a_check_defined_anew_replaces_the_old_one_at_once(void **state)
{
	pid_t old;

	(void)state;
	CHECK(1, .path = script("old", "echo $$ >$D/pid\nsleep 60\nexit 9\n"));
	old = pid_in("pid");
	CHECK(1, .path = script("new", "exit 2\n"));
	expect(IPC_PROBE, 1, PROBE_EXIT, 2);
	assert_true(dies_within(old, PATIENCE));
	assert_false(hear(100 * MS));
}

static void a_forgotten_check_is_killed_and_not_heard_of_again(void **state)
{
	pid_t pid;

	(void)state;
	CHECK(1, .path = script("long", "echo $$ >$D/pid\nsleep 60\n"), .interval_us = 50 * MS);
	CHECK(2, .path = "true", .interval_us = 50 * MS);
	pid = pid_in("pid");
	expect(IPC_PROBE, 2, PROBE_OK, 0);
	send_message(&(struct ipc_message){ .kind = IPC_FORGET, .id = 2 });
	send_message(&(struct ipc_message){ .kind = IPC_FORGET, .id = 1 });
	send_message(&(struct ipc_message){ .kind = IPC_FORGET, .id = 3 });
	assert_true(dies_within(pid, PATIENCE));
	while (hear(0))
		;
	assert_false(hear(200 * MS));
}

static void nonsense_is_complained_of_and_does_no_harm(void **state)
{
	(void)state;
	assert_int_equal(send(host.fd, "nonsense", 8, 0), 8);
	assert_true(hear(PATIENCE));
	assert_int_equal(host.m.kind, IPC_LOG);
	expect_text("the worker got a message it does not understand");
	send_message(&(struct ipc_message){ .kind = IPC_PROBE, .id = 1 });
	assert_true(hear(PATIENCE));
	assert_int_equal(host.m.kind, IPC_LOG);
	CHECK(1, .path = "true");
	expect(IPC_PROBE, 1, PROBE_OK, 0);
}

/* ---- notifications ---- */

static void notifications_of_a_queue_run_in_order_one_at_a_time(void **state)
{
	(void)state;
	script("append", "mkdir $D/lock || exit 7\n"
			 "[ $(($1 % 3)) = 0 ] && sleep 0.05\n"
			 "echo $1 >>$D/order\nrmdir $D/lock\n");
	for (uint32_t i = 0; i < 20; i++) {
		char arg[16];

		snprintf(arg, sizeof(arg), "%u", i);
		NOTE(100 + i, 9, .path = in_dir("append"), .arg = arg);
	}
	for (uint32_t i = 0; i < 20; i++)
		expect(IPC_NOTIFIED, 100 + i, PROBE_OK, 0);
	assert_string_equal(content("order"), "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n"
					      "15\n16\n17\n18\n19\n");
}

static void one_queue_does_not_wait_for_another(void **state)
{
	(void)state;
	NOTE(1, 1, .path = script("slow", "while [ ! -e $D/go ]; do sleep 0.02; done\n"));
	NOTE(2, 1 + 256, .path = "true");
	expect(IPC_NOTIFIED, 2, PROBE_OK, 0);
	script("go", "");
	expect(IPC_NOTIFIED, 1, PROBE_OK, 0);
}

static void a_failing_notification_is_told_and_the_next_one_runs(void **state)
{
	(void)state;
	NOTE(1, 1, .path = script("bad", "echo ERROR 1045 >&2\nexit 1\n"));
	NOTE(2, 1, .path = in_dir("missing"));
	NOTE(3, 1, .path = "true");
	expect(IPC_NOTIFIED, 1, PROBE_EXIT, 1);
	expect_text("ERROR 1045");
	expect(IPC_NOTIFIED, 2, PROBE_CANNOT_RUN, ENOENT);
	expect(IPC_NOTIFIED, 3, PROBE_OK, 0);
}

static void a_notification_that_hangs_is_told_at_its_timeout_and_killed_before_the_next(
	void **state)
{
	usec_t sent = clock_now(), told;

	(void)state;
	NOTE(1, 1, .path = script("stubborn", stubborn), .timeout_us = 300 * MS);
	NOTE(2, 1, .path = script("next", "kill -0 $(cat $D/pid) 2>/dev/null && exit 8\nexit 0\n"));
	expect(IPC_NOTIFIED, 1, PROBE_TIMEOUT, 0);
	told = clock_now();
	assert_in_range(told - sent, 300 * MS, 1500 * MS);
	expect(IPC_NOTIFIED, 2, PROBE_OK, 0);
	assert_in_range(clock_now() - told, 1900 * MS, 5 * S);
	assert_true(dies_within(pid_in("child"), PATIENCE));
}

static void no_more_than_64_notifications_run_at_once(void **state)
{
	long most = 0;

	(void)state;
	script("count", "mkdir $D/run.$$\nls -d $D/run.* | wc -l >>$D/counts\nsleep 0.3\n"
			"rmdir $D/run.$$\n");
	for (uint32_t i = 0; i < 150; i++)
		NOTE(i, i, .path = in_dir("count"));
	for (uint32_t i = 0; i < 150; i++)
		expect_about_any(IPC_NOTIFIED, PROBE_OK);
	for (const char *p = content("counts"); *p != '\0'; p = strchr(p, '\n') + 1)
		most = strtol(p, NULL, 10) > most ? strtol(p, NULL, 10) : most;
	assert_in_range(most, 2, 64);
}

/* ---- a full socket ---- */

static void a_full_socket_loses_no_notification_and_keeps_the_newest_of_a_check(void **state)
{
	uint32_t next = 0;

	(void)state;
	start_worker_as(0, 1);
	script("check", "[ -e $D/flag ] && exit 5\nexit 0\n");
	CHECK(1000, .path = in_dir("check"), .interval_us = 20 * MS);
	for (uint32_t i = 0; i < 100; i++)
		NOTE(i, 1, .path = "true");
	NOTE(100, 1, .path = script("last", "touch $D/done\n"));
	for (usec_t end = clock_now() + PATIENCE; access(in_dir("done"), F_OK) != 0;) {
		assert_true(clock_now() < end);
		sleep_us(10 * MS);
	}
	script("flag", "");
	sleep_us(S);
	while (next <= 100 || host.m.kind != IPC_PROBE || host.m.outcome != PROBE_EXIT) {
		assert_true(hear(PATIENCE));
		if (host.m.kind != IPC_NOTIFIED)
			continue;
		assert_int_equal(host.m.id, next);
		next++;
	}
	assert_int_equal(host.m.code, 5);
}

/* ---- ends ---- */

static void stop_runs_what_is_queued_and_ends(void **state)
{
	(void)state;
	CHECK(1, .path = script("check", "echo $$ >$D/pid\nsleep 60\n"));
	(void)pid_in("pid");
	script("note", "sleep 0.1\necho x >>$D/notes\n");
	for (uint32_t i = 0; i < 3; i++)
		NOTE(i, 1, .path = in_dir("note"));
	send_message(&(struct ipc_message){ .kind = IPC_STOP });
	CHECK(2, .path = "true");
	for (uint32_t i = 0; i < 3; i++)
		expect(IPC_NOTIFIED, i, PROBE_OK, 0);
	assert_int_equal(end_of_worker(PATIENCE), 0);
	assert_string_equal(content("notes"), "x\nx\nx\n");
	assert_int_equal(process_state(pid_in("pid")), '\0');
	assert_int_equal(ipc_recv(host.fd, &host.buf, &host.m), E_CLOSED);
}

static void stop_with_nothing_to_do_ends_at_once(void **state)
{
	usec_t before = clock_now();

	(void)state;
	send_message(&(struct ipc_message){ .kind = IPC_STOP });
	assert_int_equal(end_of_worker(PATIENCE), 0);
	assert_true(clock_now() - before < 5 * S);
}

static void what_was_queued_before_stop_runs_even_when_the_engine_is_gone(void **state)
{
	(void)state;
	script("note", "sleep 0.1\necho x >>$D/notes\n");
	for (uint32_t i = 0; i < 3; i++)
		NOTE(i, 1, .path = in_dir("note"));
	send_message(&(struct ipc_message){ .kind = IPC_STOP });
	hang_up();
	assert_int_equal(end_of_worker(PATIENCE), 0);
	assert_string_equal(content("notes"), "x\nx\nx\n");
}

static void without_an_engine_checks_are_killed_and_only_what_runs_may_end(void **state)
{
	pid_t check;

	(void)state;
	CHECK(1, .path = script("check", "trap '' TERM\necho $$ >$D/pid\nsleep 60\n"));
	check = pid_in("pid");
	NOTE(1, 1, .path = script("note", "echo $$ >$D/running\nsleep 0.5\necho end >>$D/notes\n"));
	NOTE(2, 1, .path = in_dir("note"));
	(void)pid_in("running");
	hang_up();
	assert_true(dies_within(check, PATIENCE));
	assert_int_equal(end_of_worker(PATIENCE), 0);
	assert_string_equal(content("notes"), "end\n");
}

static void signals_meant_for_the_engine_do_not_end_it(void **state)
{
	const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGRTMIN + 2 };

	(void)state;
	CHECK(1, .path = "true");
	expect(IPC_PROBE, 1, PROBE_OK, 0);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		assert_int_equal(kill(host.worker, signals[i]), 0);
	CHECK(2, .path = "true");
	expect(IPC_PROBE, 2, PROBE_OK, 0);
}

static void no_check_outlives_a_worker_that_is_killed(void **state)
{
	pid_t pid;

	(void)state;
	CHECK(1, .path = script("check", "trap '' TERM\necho $$ >$D/pid\nsleep 60\n"));
	pid = pid_in("pid");
	assert_int_equal(kill(host.worker, SIGKILL), 0);
	assert_int_equal(waitpid(host.worker, NULL, 0), host.worker);
	host.worker = 0;
	assert_true(dies_within(pid, PATIENCE));
}

static void the_process_has_a_name(void **state)
{
	char path[64], name[32] = "";
	FILE *f;

	(void)state;
	CHECK(1, .path = "true");
	expect(IPC_PROBE, 1, PROBE_OK, 0);
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)host.worker);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(name, sizeof(name), f));
	fclose(f);
	assert_string_equal(name, "buoy-worker\n");
}

#define CASE(f)  cmocka_unit_test_setup_teardown(f, setup, teardown)
#define CASE_(f) cmocka_unit_test_setup_teardown(f, setup_files, teardown) /* starts its own */

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_success_is_told_and_the_first_run_comes_at_once),
		CASE(a_failure_is_told_with_its_last_words),
		CASE(last_words_without_an_end_of_line_count_and_long_ones_are_cut),
		CASE(any_amount_of_output_blocks_nobody),
		CASE(a_death_by_signal_is_told),
		CASE(what_cannot_be_executed_has_failed),
		CASE(a_script_that_vanishes_fails_from_then_on_and_recovers),
		CASE(a_text_without_an_interpreter_is_run_by_the_shell),
		CASE(a_program_without_a_path_is_found),
		CASE(a_timeout_is_told_at_its_deadline_and_not_when_the_script_is_gone),
		CASE(a_timeout_is_told_with_the_last_words),
		CASE(what_does_not_obey_sigterm_is_killed_two_seconds_later_with_its_children),
		CASE(a_script_that_obeys_sigterm_and_exits_0_has_timed_out_all_the_same),
		CASE(a_script_that_will_not_end_fails_again_and_again),
		CASE(runs_never_overlap),
		CASE(a_stubborn_run_delays_the_next_instead_of_overlapping),
		CASE(runs_keep_to_the_grid_of_their_interval),
		CASE(what_a_check_leaves_behind_is_killed),
		CASE(a_daemon_that_a_notification_starts_lives_on_and_may_print),
		CASE(no_zombie_stays),
		CASE_(a_script_finds_clean_surroundings),
		CASE(a_script_runs_as_its_user),
		CASE(a_user_that_is_not_there_is_a_failure),
		CASE_(without_root_only_our_own_user_is_allowed),
		CASE(with_script_security_root_runs_nothing_that_others_can_change),
		CASE(a_check_defined_anew_replaces_the_old_one_at_once),
		CASE(a_forgotten_check_is_killed_and_not_heard_of_again),
		CASE(nonsense_is_complained_of_and_does_no_harm),
		CASE(notifications_of_a_queue_run_in_order_one_at_a_time),
		CASE(one_queue_does_not_wait_for_another),
		CASE(a_failing_notification_is_told_and_the_next_one_runs),
		CASE(a_notification_that_hangs_is_told_at_its_timeout_and_killed_before_the_next),
		CASE(no_more_than_64_notifications_run_at_once),
		CASE_(a_full_socket_loses_no_notification_and_keeps_the_newest_of_a_check),
		CASE(stop_runs_what_is_queued_and_ends),
		CASE(stop_with_nothing_to_do_ends_at_once),
		CASE(what_was_queued_before_stop_runs_even_when_the_engine_is_gone),
		CASE(without_an_engine_checks_are_killed_and_only_what_runs_may_end),
		CASE(signals_meant_for_the_engine_do_not_end_it),
		CASE(no_check_outlives_a_worker_that_is_killed),
		CASE(the_process_has_a_name),
	};

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
