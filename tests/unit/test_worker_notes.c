/* The worker as the engine sees it: notifications, a full socket, and how it ends. */
#include "worker_host.h"

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

static void a_hanging_notification_is_told_at_its_timeout_and_ends_before_the_next(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_daemon_that_a_notification_starts_lives_on_and_may_print),
		CASE(notifications_of_a_queue_run_in_order_one_at_a_time),
		CASE(one_queue_does_not_wait_for_another),
		CASE(a_failing_notification_is_told_and_the_next_one_runs),
		CASE(a_hanging_notification_is_told_at_its_timeout_and_ends_before_the_next),
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

	return run_cases(tests);
}
