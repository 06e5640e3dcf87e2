/* The worker as the engine sees it: checks, run as real scripts. */
#include "worker_host.h"

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

/* Signals 32 and 33 are the C library's own; make leaves them ignored and nobody can set them. */
static const char report_all[] =
	"ls /proc/$$/fd >$D/open\n{ echo \"args=$*\"; echo \"cwd=$(pwd)\"; echo "
	"\"umask=$(umask)\"\n"
	"echo \"group=$([ $(cut -d' ' -f5 /proc/$$/stat) = $$ ] && echo own)\"\n"
	"echo \"ignored=$(sed -n 's/^SigIgn:\\t//p' /proc/$$/status | sed "
	"'s/180000000$/000000000/')\"\n"
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
		CASE(no_zombie_stays),
		CASE_(a_script_finds_clean_surroundings),
		CASE(a_script_runs_as_its_user),
		CASE(a_user_that_is_not_there_is_a_failure),
		CASE_(without_root_only_our_own_user_is_allowed),
		CASE(with_script_security_root_runs_nothing_that_others_can_change),
		CASE(a_check_defined_anew_replaces_the_old_one_at_once),
		CASE(a_forgotten_check_is_killed_and_not_heard_of_again),
		CASE(nonsense_is_complained_of_and_does_no_harm),
	};

	return run_cases(tests);
}
