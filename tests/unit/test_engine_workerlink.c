/* engine/workerlink.h: what a worker that dies, is replaced or is told to stop may not lose.
 *
 * The worker is this very program, started again with --worker=FD. It does what the first word of a
 * command says: "tell" reports a result, "die-once FILE" ends without a word if FILE is not there
 * yet, and anything else is confirmed. What it is told goes, a letter each, into $WORKER_TRACE. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "check/judge.h"
#include "engine/workerlink.h"
#include "io/clock.h"
#include "io/ipc.h"

enum { PATIENCE_US = 5000000, PROBES_MAX = 64 };

/* ---- the other end ---------------------------------------------------------------------- */

static void trace(const char *word, uint32_t id)
{
	int fd = open(getenv("WORKER_TRACE"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	dprintf(fd, "%s%u ", word, id);
	close(fd);
}

static void answer(int fd, const struct ipc_message *m)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	while (ipc_send(fd, m) == E_AGAIN)
		poll(&p, 1, -1);
}

static void obey_notify(int fd, const struct ipc_message *m)
{
	const char *const *argv = m->command.argv;
	struct ipc_message done = { .kind = IPC_NOTIFIED, .id = m->id, .outcome = PROBE_OK };

	trace("N", m->id);
	if (strcmp(argv[0], "die-once") == 0 && access(argv[1], F_OK) != 0) {
		close(open(argv[1], O_CREAT | O_WRONLY, 0600));
		_exit(9);
	}
	answer(fd, &done);
}

static int fake_worker(int fd)
{
	static struct ipc_buffer buf;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct ipc_message m;

	while (poll(&p, 1, -1) == 1) {
		int err = ipc_recv(fd, &buf, &m);

		if (err == E_CLOSED)
			return 1;
		if (err < 0)
			continue;
		if (m.kind == IPC_CHECK) {
			trace("C", m.id);
			answer(fd, &(struct ipc_message){ .kind = IPC_PROBE, .id = m.id });
		}
		if (m.kind == IPC_FORGET)
			trace("F", m.id);
		if (m.kind == IPC_NOTIFY)
			obey_notify(fd, &m);
		if (m.kind == IPC_STOP)
			return 0;
	}
	return 1;
}

/* ---- our end ---------------------------------------------------------------------------- */

struct scene {
	sd_event *event;
	struct workerlink link;
	struct workerlink_owner owner;
	uint16_t probes[PROBES_MAX];
	uint32_t probe_count;
	char dir[32], trace[64], marker[64];
};

static const char *const tell[] = { "tell", NULL };
static const struct check_conf checks[3] = {
	{ .name = "a", .script.argv = tell, .interval_us = 1, .timeout_us = 1 },
	{ .name = "b", .script.argv = tell, .interval_us = 1, .timeout_us = 1 },
	{ .name = "c", .script.argv = tell, .interval_us = 1, .timeout_us = 1 },
};
static const struct model two_checks = { .checks = checks, .tracked = { 2 } };
static const struct model three_checks = { .checks = checks, .tracked = { 3 } };

static void on_probe(void *ctx, uint16_t index, const struct ipc_message *m)
{
	struct scene *s = ctx;

	assert_int_equal(m->outcome, PROBE_OK);
	assert_true(s->probe_count < PROBES_MAX);
	s->probes[s->probe_count++] = index;
}

static int set_up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	strcpy(s->dir, "/tmp/buoy-wl-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->trace, sizeof(s->trace), "%s/trace", s->dir);
	snprintf(s->marker, sizeof(s->marker), "%s/marker", s->dir);
	setenv("WORKER_TRACE", s->trace, 1);
	s->owner = (struct workerlink_owner){ s, on_probe };
	assert_true(sd_event_new(&s->event) >= 0);
	workerlink_init(&s->link, s->event, &s->owner, open("/proc/self/exe", O_PATH | O_CLOEXEC));
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	workerlink_done(&s->link);
	close(s->link.program);
	sd_event_unref(s->event);
	unlink(s->trace);
	unlink(s->marker);
	rmdir(s->dir);
	free(s);
	return 0;
}

/* Runs the loop until |done| says so. */
static void run_until(struct scene *s, bool (*done)(const struct scene *))
{
	usec_t end = clock_now() + PATIENCE_US;

	while (!done(s)) {
		assert_true(clock_now() < end);
		sd_event_run(s->event, 10000);
	}
}

static bool two_probes(const struct scene *s)
{
	return s->probe_count >= 2;
}

static bool five_probes(const struct scene *s)
{
	return s->probe_count >= 5;
}

static bool nothing_waits(const struct scene *s)
{
	return s->link.first == NULL;
}

static bool idle(const struct scene *s)
{
	return workerlink_idle(&s->link);
}

static bool restarted(const struct scene *s)
{
	return s->link.restarts > 0 && s->link.process.pid != 0;
}

static const char *traced(const struct scene *s)
{
	static char buf[1024];
	int fd = open(s->trace, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, buf, sizeof(buf) - 1) : 0;

	buf[n > 0 ? n : 0] = '\0';
	close(fd);
	return buf;
}

static void notify(struct scene *s, const char *word, const char *arg)
{
	const char *argv[] = { word, arg, NULL };
	const struct script_conf script = { .argv = argv };
	const struct notify_call call = { .script = &script, .argv = argv };

	workerlink_notify(&s->link, "VI", &call);
}

static void checks_are_told_and_their_results_heard(void **state)
{
	struct scene *s = *state;

	workerlink_use(&s->link, &two_checks);
	run_until(s, two_probes);
	assert_int_equal(s->probes[0], 0);
	assert_int_equal(s->probes[1], 1);
	assert_string_equal(traced(s), "C0 C1 ");
}

static void a_reload_forgets_the_old_checks_and_their_late_results(void **state)
{
	struct scene *s = *state;

	workerlink_use(&s->link, &two_checks);
	workerlink_use(&s->link, &three_checks); /* the results of the first two are on their way */
	while (strstr(traced(s), "C4") == NULL)
		sd_event_run(s->event, 10000);
	for (int i = 0; i < 20; i++)
		sd_event_run(s->event, 10000);
	assert_string_equal(traced(s), "C0 C1 F0 F1 C2 C3 C4 ");
	assert_int_equal(s->probe_count, 3);
	for (uint16_t i = 0; i < 3; i++)
		assert_int_equal(s->probes[i], i);
	assert_int_equal(s->link.restarts, 0);
}

static void a_worker_that_is_killed_is_started_again(void **state)
{
	struct scene *s = *state;

	workerlink_use(&s->link, &two_checks);
	run_until(s, two_probes);
	kill(s->link.process.pid, SIGKILL);
	run_until(s, restarted);
	s->probe_count = 3; /* two more to come */
	run_until(s, five_probes);
	assert_string_equal(traced(s), "C0 C1 C0 C1 ");
	assert_int_equal(s->link.restarts, 1);
}

static void notifications_that_were_not_confirmed_are_sent_again_in_order(void **state)
{
	struct scene *s = *state;

	workerlink_use(&s->link, &two_checks);
	notify(s, "fine", NULL);
	notify(s, "die-once", s->marker);
	notify(s, "last", NULL);
	run_until(s, nothing_waits);
	assert_string_equal(traced(s), "C0 C1 N0 N1 C0 C1 N1 N2 ");
	assert_int_equal(s->link.dropped, 0);
}

static void what_comes_while_no_worker_runs_waits_for_one(void **state)
{
	struct scene *s = *state;

	workerlink_use(&s->link, &two_checks);
	run_until(s, two_probes);
	kill(s->link.process.pid, SIGKILL);
	while (s->link.process.pid != 0)
		sd_event_run(s->event, 10000);
	notify(s, "fine", NULL);
	assert_int_equal(s->link.pending_count, 1);
	run_until(s, nothing_waits);
	assert_non_null(strstr(traced(s), "N0"));
}

static void after_a_stop_the_last_notifications_run_and_it_ends(void **state)
{
	struct scene *s = *state;

	workerlink_use(&s->link, &two_checks);
	notify(s, "one", NULL);
	notify(s, "two", NULL);
	workerlink_stop(&s->link);
	run_until(s, idle);
	assert_non_null(strstr(traced(s), "N0 N1 "));
	assert_int_equal(s->link.restarts, 0);
}

/* A worker that does not read: what it is given is bounded, and the oldest goes first. */
static void too_many_notifications_drop_the_oldest(void **state)
{
	struct scene *s = *state;

	workerlink_use(&s->link, &two_checks);
	kill(s->link.process.pid, SIGSTOP);
	for (int i = 0; i < WORKERLINK_PENDING_MAX + 10; i++)
		notify(s, "flood", "0123456789012345678901234567890123456789");
	assert_int_equal(s->link.pending_count, WORKERLINK_PENDING_MAX);
	assert_int_equal(s->link.dropped, 10);
	kill(s->link.process.pid, SIGCONT);
	run_until(s, nothing_waits);
}

static void a_command_with_too_many_words_is_dropped_and_counted(void **state)
{
	struct scene *s = *state;
	const char *argv[IPC_STRINGS_MAX + 2] = { NULL };
	const struct script_conf script = { .argv = argv };
	const struct notify_call call = { .script = &script, .argv = argv };

	for (int i = 0; i <= IPC_STRINGS_MAX; i++)
		argv[i] = "word";
	workerlink_use(&s->link, &two_checks);
	workerlink_notify(&s->link, "VI", &call);
	assert_int_equal(s->link.dropped, 1);
	assert_int_equal(s->link.pending_count, 0);
}

int main(int argc, char **argv)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(checks_are_told_and_their_results_heard),
		CASE(a_reload_forgets_the_old_checks_and_their_late_results),
		CASE(a_worker_that_is_killed_is_started_again),
		CASE(notifications_that_were_not_confirmed_are_sent_again_in_order),
		CASE(what_comes_while_no_worker_runs_waits_for_one),
		CASE(after_a_stop_the_last_notifications_run_and_it_ends),
		CASE(too_many_notifications_drop_the_oldest),
		CASE(a_command_with_too_many_words_is_dropped_and_counted),
	};

	if (argc == 2 && strncmp(argv[1], "--worker=", 9) == 0)
		return fake_worker(atoi(argv[1] + 9));
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
