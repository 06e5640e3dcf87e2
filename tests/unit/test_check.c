/* When a check runs, what its results come to, and what is said about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "check/check.h"
#include "check/judge.h"
#include "check/sched.h"

#define S USEC_PER_SEC

static const struct check_conf plain = {
	.name = "plain", .interval_us = 2 * S, .timeout_us = 3 * S, .rise = 2, .fall = 3
};
static const struct check_conf once = {
	.name = "once", .interval_us = 1 * S, .timeout_us = 1 * S, .rise = 1, .fall = 1
};
static const struct check_conf pessimist = { .name = "pessimist",
					     .interval_us = 2 * S,
					     .timeout_us = 3 * S,
					     .rise = 2,
					     .fall = 3,
					     .init_fail = true };

/* Feeds one result a second from |*now| on: '+' success, '-' failure. Returns the verdicts after
 * each, U, D or ?; upper case where the call said it had changed. */
static const char *feed(struct judge *j, usec_t *now, const char *results)
{
	static char seen[64];
	size_t n = 0;

	for (; *results != '\0'; results++) {
		enum probe_outcome o = *results == '+' ? PROBE_OK : PROBE_EXIT;
		bool changed = judge_result(j, *now += S, o, 1, 1000);

		seen[n++] = j->verdict == JUDGE_UP     ? (changed ? 'U' : 'u')
			    : j->verdict == JUDGE_DOWN ? (changed ? 'D' : 'd')
						       : '?';
	}
	seen[n] = '\0';
	return seen;
}

static const char *reason(const struct judge *j, usec_t now)
{
	static char buf[128];
	struct text t = TEXT(buf);

	judge_reason(&t, j, now);
	return buf;
}

static void the_first_success_suffices(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &plain, now);
	assert_int_equal(j.verdict, JUDGE_UNKNOWN);
	assert_string_equal(feed(&j, &now, "+"), "U");
}

static void the_first_failure_is_enough(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &plain, now);
	assert_string_equal(feed(&j, &now, "-"), "D");
}

static void it_takes_fall_failures_in_a_row(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &plain, now);
	assert_string_equal(feed(&j, &now, "+---"), "UuuD");
}

static void one_success_restores_full_credit(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &plain, now);
	assert_string_equal(feed(&j, &now, "+--+--+---"), "UuuuuuuuuD");
}

static void it_takes_rise_successes_in_a_row(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &plain, now);
	assert_string_equal(feed(&j, &now, "-+-++"), "DdddU");
}

static void with_rise_and_fall_one_every_result_decides(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &once, now);
	assert_string_equal(feed(&j, &now, "+-+--+"), "UDUDdU");
}

static void init_fail_begins_down_and_needs_rise_successes(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &pessimist, now);
	assert_int_equal(j.verdict, JUDGE_DOWN);
	assert_string_equal(feed(&j, &now, "++"), "dU");
}

static void every_outcome_but_success_is_a_failure(void **state)
{
	(void)state;
	for (unsigned o = PROBE_OK; o < PROBE_OUTCOME_COUNT; o++) {
		struct judge j;

		judge_init(&j, &once, S);
		assert_true(judge_result(&j, 2 * S, (enum probe_outcome)o, 1, 0));
		assert_int_equal(j.verdict, o == PROBE_OK ? JUDGE_UP : JUDGE_DOWN);
	}
}

static void silence_brings_a_check_down_at_its_deadline_whatever_fall_says(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &plain, now);
	feed(&j, &now, "+");
	assert_int_equal(judge_deadline(&j), 6 * S + 2 * S + 3 * S + JUDGE_SLACK_US);
	assert_false(judge_due(&j, judge_deadline(&j) - 1));
	assert_false(j.stale);
	assert_true(judge_due(&j, judge_deadline(&j)));
	assert_true(j.stale);
	assert_int_equal(j.verdict, JUDGE_DOWN);
	assert_int_equal(judge_deadline(&j), USEC_NEVER);
	assert_false(judge_due(&j, 1000 * S));
}

static void a_check_that_never_reported_goes_down_too_and_its_first_result_decides(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &plain, now);
	assert_true(judge_due(&j, judge_deadline(&j)));
	assert_int_equal(j.verdict, JUDGE_DOWN);
	now = 60 * S;
	assert_string_equal(feed(&j, &now, "+"), "U");
	assert_false(j.stale);

	judge_init(&j, &plain, now);
	assert_true(judge_due(&j, judge_deadline(&j)));
	now = 90 * S;
	assert_string_equal(feed(&j, &now, "-+"), "dd");
}

static void after_silence_one_success_restores_a_check_that_was_up(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &plain, now);
	feed(&j, &now, "+--");
	assert_true(judge_due(&j, now = judge_deadline(&j)));
	assert_string_equal(feed(&j, &now, "+---"), "UuuD");
}

static void after_silence_a_failure_confirms_that_it_is_down(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &plain, now);
	feed(&j, &now, "+");
	judge_due(&j, now = judge_deadline(&j));
	assert_string_equal(feed(&j, &now, "-"), "d");
	assert_false(j.stale);
	assert_string_equal(feed(&j, &now, "++"), "dU");
}

static void after_silence_a_check_that_was_down_still_needs_rise_successes(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &plain, now);
	feed(&j, &now, "-+");
	assert_false(judge_due(&j, now = judge_deadline(&j)));
	assert_true(j.stale);
	assert_string_equal(feed(&j, &now, "++"), "dU");

	judge_init(&j, &pessimist, now);
	assert_false(judge_due(&j, now = judge_deadline(&j)));
	assert_string_equal(feed(&j, &now, "++"), "dU");
}

static void every_result_puts_the_deadline_off(void **state)
{
	struct judge j;
	usec_t now = 5 * S, before;

	(void)state;
	judge_init(&j, &once, now);
	for (int i = 0; i < 10; i++) {
		before = judge_deadline(&j);
		feed(&j, &now, i % 2 == 0 ? "+" : "-");
		assert_true(judge_deadline(&j) > before);
	}
	assert_int_equal(judge_deadline(&j), now + 2 * S + JUDGE_SLACK_US);
}

static void the_reason_tells_what_happened(void **state)
{
	static const struct {
		enum probe_outcome outcome;
		int32_t code;
		const char *text;
	} cases[] = {
		{ PROBE_OK, 0, "succeeded" },
		{ PROBE_EXIT, 1, "exit status 1" },
		{ PROBE_EXIT, 127, "exit status 127" },
		{ PROBE_SIGNAL, 9, "killed by signal 9" },
		{ PROBE_TIMEOUT, 0, "timed out after 3 s" },
		{ PROBE_CANNOT_RUN, ENOENT, "cannot run: No such file or directory" },
		{ PROBE_CANNOT_RUN, EACCES, "cannot run: Permission denied" },
		{ PROBE_CANNOT_RUN, 0, "cannot run" },
		{ PROBE_CANNOT_RUN, 9999, "cannot run: error 9999" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct judge j;

		judge_init(&j, &plain, S);
		assert_string_equal(reason(&j, S), "no result yet");
		judge_result(&j, 2 * S, cases[i].outcome, cases[i].code, 0);
		assert_string_equal(reason(&j, 3 * S), cases[i].text);
	}
}

static void the_words_for_an_errno_are_those_of_the_c_library(void **state)
{
	static const int codes[] = { EPERM,  ENOENT,  EIO,      E2BIG,     ENOEXEC,      EAGAIN,
				     ENOMEM, EACCES,  EFAULT,   ENOTDIR,   EISDIR,       EINVAL,
				     ENFILE, EMFILE,  ETXTBSY,  ENOSPC,    ENAMETOOLONG, ENOSYS,
				     ELOOP,  ELIBBAD, ENOTCONN, ETIMEDOUT, EHOSTDOWN,    ESTALE };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		char buf[128];
		struct text t = TEXT(buf);

		probe_reason(&t, PROBE_CANNOT_RUN, codes[i], S);
		assert_string_equal(buf + strlen("cannot run: "), strerror(codes[i]));
	}
}

static void the_reason_of_silence_counts_from_the_last_result(void **state)
{
	struct judge j;
	usec_t now = 5 * S;

	(void)state;
	judge_init(&j, &once, now);
	judge_due(&j, judge_deadline(&j));
	assert_string_equal(reason(&j, 9 * S + 250000),
			    "no result for 4.2 s: the worker does not answer");
	now = 10 * S;
	feed(&j, &now, "-");
	assert_string_equal(reason(&j, now), "exit status 1");
	judge_due(&j, judge_deadline(&j));
	assert_string_equal(reason(&j, now + 7 * S),
			    "no result for 7 s: the worker does not answer");
}

static void sched_runs_at_once_and_then_on_its_grid(void **state)
{
	struct sched s;

	(void)state;
	sched_init(&s, 2 * S, 3 * S, 100);
	assert_int_equal(sched_deadline(&s), 100);
	assert_true(sched_may_start(&s, 100));
	sched_started(&s, 150);
	assert_false(sched_may_start(&s, 200));
	assert_int_equal(sched_deadline(&s), 150 + 3 * S);
	assert_true(sched_ended(&s, 300));
	assert_int_equal(sched_deadline(&s), 100 + 2 * S);
	assert_false(sched_may_start(&s, 99 + 2 * S));
	assert_true(sched_may_start(&s, 100 + 2 * S));
}

static void sched_never_overlaps_and_keeps_the_grid(void **state)
{
	struct sched s;

	(void)state;
	sched_init(&s, 2 * S, 3 * S, 0);
	sched_started(&s, 0);
	assert_false(sched_may_start(&s, 2 * S)); /* due, but the first still runs */
	assert_true(sched_ended(&s, 2500000));
	assert_true(sched_may_start(&s, 2500000));
	sched_started(&s, 2500000);
	assert_true(sched_ended(&s, 2600000));
	assert_int_equal(sched_deadline(&s), 4 * S);
}

static void sched_drops_the_starts_that_nobody_came_for(void **state)
{
	struct sched s;

	(void)state;
	sched_init(&s, S, S, 0);
	assert_true(sched_may_start(&s, 100 * S + 1));
	sched_started(&s, 100 * S + 1);
	assert_true(sched_ended(&s, 100 * S + 2));
	assert_int_equal(sched_deadline(&s), 101 * S);
}

static void sched_tells_the_timeout_once_and_the_late_end_is_no_result(void **state)
{
	struct sched s;

	(void)state;
	sched_init(&s, 10 * S, 3 * S, 0);
	sched_started(&s, 0);
	assert_false(sched_timed_out(&s, 3 * S - 1));
	assert_true(sched_timed_out(&s, 3 * S));
	assert_false(sched_timed_out(&s, 3 * S));
	assert_false(sched_may_start(&s, 12 * S)); /* still there */
	assert_false(sched_ended(&s, 12 * S));
	assert_true(sched_may_start(&s, 12 * S)); /* the run of second 10 had to wait */
	sched_started(&s, 12 * S);
	assert_true(sched_ended(&s, 13 * S));
	assert_int_equal(sched_deadline(&s), 20 * S);
}

/* A script in uninterruptible sleep must bring a check with fall 3 down as surely as one that exits
 * with 1, and without being mistaken for a worker that does not answer. */
static void sched_fails_again_for_every_run_that_a_stuck_one_prevents(void **state)
{
	struct sched s;
	struct judge j;

	(void)state;
	sched_init(&s, 10 * S, 3 * S, 0);
	sched_started(&s, 0);
	assert_true(sched_timed_out(&s, 3 * S));
	assert_int_equal(sched_deadline(&s), 13 * S);
	assert_true(sched_timed_out(&s, 13 * S));
	assert_int_equal(sched_deadline(&s), 23 * S);
	assert_true(sched_timed_out(&s, 23 * S));
	assert_false(sched_ended(&s, 24 * S));
	assert_int_equal(sched_deadline(&s), 30 * S);

	sched_init(&s, 2 * S, 3 * S, 0);
	judge_init(&j, &plain, 0);
	judge_result(&j, 1, PROBE_OK, 0, 0);
	sched_started(&s, 2);
	for (usec_t now = 0; now < 60 * S; now += S / 10) {
		assert_false(judge_due(&j, now));
		if (sched_timed_out(&s, now))
			judge_result(&j, now, PROBE_TIMEOUT, 0, 0);
	}
	assert_int_equal(j.verdict, JUDGE_DOWN);
}

static void a_verdict_survives_a_reload_that_changes_nothing_about_it(void **state)
{
	static const char *const argv_a[] = { "/bin/check", "-x", NULL };
	static const char *const argv_b[] = { "/bin/check", "-x", NULL };
	static const char *const longer[] = { "/bin/check", "-x", "-y", NULL };
	static const char *const other[] = { "/bin/check", "-z", NULL };
	struct check_conf a = plain, b;

	(void)state;
	a.script = (struct script_conf){ .argv = argv_a, .user = "nobody" };
	b = a;
	b.script.argv = argv_b;
	b.weight = -20;
	b.reverse = true;
	assert_true(check_conf_same(&a, &b));

#define DIFFERS(change)                                                                            \
	do {                                                                                       \
		b = a;                                                                             \
		change;                                                                            \
		assert_false(check_conf_same(&a, &b));                                             \
		assert_false(check_conf_same(&b, &a));                                             \
	} while (0)
	DIFFERS(b.name = "other");
	DIFFERS(b.script.argv = longer);
	DIFFERS(b.script.argv = other);
	DIFFERS(b.script.argv = NULL);
	DIFFERS(b.script.user = "root");
	DIFFERS(b.script.user = NULL);
	DIFFERS(b.script.group = "adm");
	DIFFERS(b.interval_us++);
	DIFFERS(b.timeout_us++);
	DIFFERS(b.rise++);
	DIFFERS(b.fall++);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_success_suffices),
		cmocka_unit_test(the_first_failure_is_enough),
		cmocka_unit_test(it_takes_fall_failures_in_a_row),
		cmocka_unit_test(one_success_restores_full_credit),
		cmocka_unit_test(it_takes_rise_successes_in_a_row),
		cmocka_unit_test(with_rise_and_fall_one_every_result_decides),
		cmocka_unit_test(init_fail_begins_down_and_needs_rise_successes),
		cmocka_unit_test(every_outcome_but_success_is_a_failure),
		cmocka_unit_test(silence_brings_a_check_down_at_its_deadline_whatever_fall_says),
		cmocka_unit_test(
			a_check_that_never_reported_goes_down_too_and_its_first_result_decides),
		cmocka_unit_test(after_silence_one_success_restores_a_check_that_was_up),
		cmocka_unit_test(after_silence_a_failure_confirms_that_it_is_down),
		cmocka_unit_test(after_silence_a_check_that_was_down_still_needs_rise_successes),
		cmocka_unit_test(every_result_puts_the_deadline_off),
		cmocka_unit_test(the_reason_tells_what_happened),
		cmocka_unit_test(the_words_for_an_errno_are_those_of_the_c_library),
		cmocka_unit_test(the_reason_of_silence_counts_from_the_last_result),
		cmocka_unit_test(sched_runs_at_once_and_then_on_its_grid),
		cmocka_unit_test(sched_never_overlaps_and_keeps_the_grid),
		cmocka_unit_test(sched_drops_the_starts_that_nobody_came_for),
		cmocka_unit_test(sched_tells_the_timeout_once_and_the_late_end_is_no_result),
		cmocka_unit_test(sched_fails_again_for_every_run_that_a_stuck_one_prevents),
		cmocka_unit_test(a_verdict_survives_a_reload_that_changes_nothing_about_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
