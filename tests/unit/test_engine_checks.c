/* engine/checks.h: verdicts from results, from silence, and over a reload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/checks.h"
#include "heap_arena.h"

#define S USEC_PER_SEC

static const char *const run_a[] = { "/bin/a", NULL };
static const char *const run_b[] = { "/bin/b", NULL };

static const struct check_conf before[] = {
	{ .name = "db",
	  .script = { .argv = run_a, .text = "/bin/a" },
	  .interval_us = 1 * S,
	  .timeout_us = 1 * S,
	  .rise = 1,
	  .fall = 2 },
	{ .name = "proxy",
	  .script = { .argv = run_b, .text = "/bin/b" },
	  .interval_us = 10 * S,
	  .timeout_us = 1 * S,
	  .rise = 1,
	  .fall = 1 },
};

struct scene {
	struct arena arena;
	struct checks checks;
};

static int set_up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	s->arena = heap_arena(NULL);
	assert_int_equal(checks_init(&s->checks, before, 2, 100 * S, &s->arena), 0);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	arena_done(&s->arena);
	free(s);
	return 0;
}

static bool result(struct scene *s, usec_t now, uint16_t id, int32_t code)
{
	return checks_result(&s->checks, now, id, code == 0 ? PROBE_OK : PROBE_EXIT, code, 1000,
			     "");
}

static void a_verdict_changes_with_the_results(void **state)
{
	struct scene *s = *state;

	assert_int_equal(checks_verdict(&s->checks, 0), VERDICT_UNKNOWN);
	assert_true(result(s, 101 * S, 0, 0));
	assert_int_equal(checks_verdict(&s->checks, 0), VERDICT_UP);
	assert_false(result(s, 102 * S, 0, 1));
	assert_true(result(s, 103 * S, 0, 1));
	assert_int_equal(checks_verdict(&s->checks, 0), VERDICT_DOWN);
	assert_int_equal(s->checks.list[0].since, 103 * S);
	assert_int_equal(checks_verdict(&s->checks, 1), VERDICT_UNKNOWN);
}

static void silence_is_judged_check_by_check(void **state)
{
	struct scene *s = *state;
	usec_t first;
	bool changed = false;
	uint16_t id = 9;

	result(s, 101 * S, 0, 0);
	result(s, 101 * S, 1, 0);
	first = checks_deadline(&s->checks);
	assert_true(first > 103 * S && first < 110 * S);
	assert_false(checks_take_due(&s->checks, first - 1, &id, &changed));
	assert_true(checks_take_due(&s->checks, first, &id, &changed));
	assert_int_equal(id, 0);
	assert_true(changed);
	assert_int_equal(checks_verdict(&s->checks, 0), VERDICT_DOWN);
	assert_int_equal(checks_verdict(&s->checks, 1), VERDICT_UP);
	assert_false(checks_take_due(&s->checks, first, &id, &changed));
	assert_true(checks_deadline(&s->checks) > first);
}

static void a_result_puts_the_judgement_of_silence_off(void **state)
{
	struct scene *s = *state;
	usec_t first;

	result(s, 101 * S, 0, 0);
	result(s, 101 * S, 1, 0);
	first = checks_deadline(&s->checks);
	result(s, 102 * S, 0, 0);
	assert_int_equal(checks_deadline(&s->checks), first + 1 * S);
}

/* The order has changed, one check is new and one runs something else now. */
static void a_reload_keeps_verdicts_of_the_same_checks_only(void **state)
{
	struct scene *s = *state;
	const struct check_conf after[] = {
		{ .name = "new", .script = before[0].script, .interval_us = S, .timeout_us = S },
		before[1],
		{ .name = "db",
		  .script = before[1].script,
		  .interval_us = S,
		  .timeout_us = S,
		  .rise = 1,
		  .fall = 2 },
	};
	struct checks next;

	result(s, 101 * S, 0, 0);
	checks_result(&s->checks, 101 * S, 1, PROBE_EXIT, 1, 1000, "no proxy");
	assert_int_equal(checks_init(&next, after, 3, 102 * S, &s->arena), 0);
	checks_inherit(&next, &s->checks);
	assert_int_equal(checks_verdict(&next, 0), VERDICT_UNKNOWN);
	assert_int_equal(checks_verdict(&next, 1), VERDICT_DOWN);
	assert_int_equal(checks_verdict(&next, 2), VERDICT_UNKNOWN);
	assert_string_equal(next.list[1].detail, "no proxy");
	assert_ptr_equal(next.list[1].judge.conf, &after[1]);
	assert_int_equal(next.list[1].judge.result_at, 101 * S);
}

static void a_long_detail_is_cut_not_overrun(void **state)
{
	struct scene *s = *state;
	char detail[1000];

	memset(detail, 'x', sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	checks_result(&s->checks, 101 * S, 0, PROBE_EXIT, 1, 1000, detail);
	assert_int_equal(strlen(s->checks.list[0].detail), CHECK_DETAIL_MAX - 1);
}

static void without_memory_there_are_no_checks(void **unused)
{
	struct heap_budget none = { 0 };
	struct arena arena = heap_arena(&none);
	struct checks checks;

	(void)unused;
	assert_true(checks_init(&checks, before, 2, 0, &arena) < 0);
	arena_done(&arena);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_verdict_changes_with_the_results),
		CASE(silence_is_judged_check_by_check),
		CASE(a_result_puts_the_judgement_of_silence_off),
		CASE(a_reload_keeps_verdicts_of_the_same_checks_only),
		CASE(a_long_detail_is_cut_not_overrun),
		cmocka_unit_test(without_memory_there_are_no_checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
