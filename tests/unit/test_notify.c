/* What scripts are called with when an instance changes its state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "notify/notify.h"

#include "heap_arena.h"

static const char *const master_argv[] = { "/etc/buoy/master.sh", "now", NULL };
static const char *const stop_argv[] = { "/etc/buoy/stop.sh", NULL };
static const char *const all_argv[] = { "/etc/buoy/notify.sh", "-v", NULL };

static const struct notify_conf both = {
	.scripts = { [NOTIFY_SCRIPT_MASTER] = { .argv = master_argv },
		     [NOTIFY_SCRIPT_STOP] = { .argv = stop_argv },
		     [NOTIFY_SCRIPT_ALL] = { .argv = all_argv } },
};

static const struct notify_facts facts = {
	.instance = "VI_1",
	.state = "MASTER",
	.before = "BACKUP",
	.reason = "no advertisement for 3.609375 s",
	.interface = "eth0",
	.vips = "10.0.1.100 10.0.1.101",
	.router_id = "node 1",
	.priority = 100,
	.vrid = 51,
};

static void assert_words(const char *const *list, const char *const *want)
{
	for (; *want != NULL; list++, want++) {
		assert_non_null(*list);
		assert_string_equal(*list, *want);
	}
	assert_null(*list);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void a_state_script_gets_its_own_arguments_and_nothing_else(void **state)
{
	struct arena a = heap_arena(NULL);
	struct notify_call calls[2];
	uint32_t n;

	(void)state;
	assert_int_equal(notify_calls(&both, NOTIFY_SCRIPT_MASTER, &facts, &a, calls, &n), 0);
	assert_int_equal(n, 2);
	assert_ptr_equal(calls[0].script, &both.scripts[NOTIFY_SCRIPT_MASTER]);
	assert_words(calls[0].argv, WORDS("/etc/buoy/master.sh", "now"));
	arena_done(&a);
}

static void the_generic_script_comes_second_with_four_more_arguments(void **state)
{
	struct arena a = heap_arena(NULL);
	struct notify_call calls[2];
	uint32_t n;

	(void)state;
	assert_int_equal(notify_calls(&both, NOTIFY_SCRIPT_MASTER, &facts, &a, calls, &n), 0);
	assert_int_equal(n, 2);
	assert_ptr_equal(calls[1].script, &both.scripts[NOTIFY_SCRIPT_ALL]);
	assert_words(calls[1].argv,
		     WORDS("/etc/buoy/notify.sh", "-v", "INSTANCE", "VI_1", "MASTER", "100"));
	arena_done(&a);
}

static void only_what_is_configured_is_called(void **state)
{
	static const struct notify_conf none = { 0 };
	struct notify_conf only_stop = { .scripts = {
						 [NOTIFY_SCRIPT_STOP] = { .argv = stop_argv } } };
	struct arena a = heap_arena(NULL);
	struct notify_call calls[2];
	uint32_t n = 9;

	(void)state;
	assert_int_equal(notify_calls(&none, NOTIFY_SCRIPT_MASTER, &facts, &a, calls, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(notify_calls(&both, NOTIFY_SCRIPT_FAULT, &facts, &a, calls, &n), 0);
	assert_int_equal(n, 1);
	assert_ptr_equal(calls[0].script, &both.scripts[NOTIFY_SCRIPT_ALL]);
	assert_int_equal(notify_calls(&only_stop, NOTIFY_SCRIPT_STOP, &facts, &a, calls, &n), 0);
	assert_int_equal(n, 1);
	assert_words(calls[0].argv, WORDS("/etc/buoy/stop.sh"));
	arena_done(&a);
}

static void every_script_finds_the_facts_in_its_environment(void **state)
{
	struct arena a = heap_arena(NULL);
	struct notify_call calls[2];
	uint32_t n;

	(void)state;
	assert_int_equal(notify_calls(&both, NOTIFY_SCRIPT_MASTER, &facts, &a, calls, &n), 0);
	for (uint32_t i = 0; i < n; i++)
		assert_words(calls[i].envp,
			     WORDS("BUOY_INSTANCE=VI_1", "BUOY_GROUP=", "BUOY_STATE=MASTER",
				   "BUOY_STATE_BEFORE=BACKUP",
				   "BUOY_REASON=no advertisement for 3.609375 s",
				   "BUOY_PRIORITY=100", "BUOY_VRID=51", "BUOY_INTERFACE=eth0",
				   "BUOY_VIPS=10.0.1.100 10.0.1.101", "BUOY_ROUTER_ID=node 1"));
	arena_done(&a);
}

static void what_is_not_known_is_there_and_empty(void **state)
{
	const struct notify_facts few = { .instance = "VI_1", .state = "STOP" };
	struct arena a = heap_arena(NULL);
	struct notify_call calls[2];
	uint32_t n;

	(void)state;
	assert_int_equal(notify_calls(&both, NOTIFY_SCRIPT_STOP, &few, &a, calls, &n), 0);
	assert_words(calls[0].envp,
		     WORDS("BUOY_INSTANCE=VI_1", "BUOY_GROUP=", "BUOY_STATE=STOP",
			   "BUOY_STATE_BEFORE=", "BUOY_REASON=", "BUOY_PRIORITY=0", "BUOY_VRID=0",
			   "BUOY_INTERFACE=", "BUOY_VIPS=", "BUOY_ROUTER_ID="));
	arena_done(&a);
}

static void a_group_is_called_a_group_and_has_no_priority(void **state)
{
	const struct notify_facts group = { .group = "VG_1", .state = "MASTER" };
	struct arena a = heap_arena(NULL);
	struct notify_call calls[2];
	uint32_t n;

	(void)state;
	assert_int_equal(notify_calls(&both, NOTIFY_SCRIPT_MASTER, &group, &a, calls, &n), 0);
	assert_words(calls[1].argv,
		     WORDS("/etc/buoy/notify.sh", "-v", "GROUP", "VG_1", "MASTER", "0"));
	assert_string_equal(calls[0].envp[0], "BUOY_INSTANCE=");
	assert_string_equal(calls[0].envp[1], "BUOY_GROUP=VG_1");
	arena_done(&a);
}

static void the_calls_outlive_the_facts(void **state)
{
	struct arena a = heap_arena(NULL);
	struct notify_call calls[2];
	char name[] = "VI_1", word[] = "MASTER";
	struct notify_facts brief = { .instance = name, .state = word, .priority = 255 };
	uint32_t n;

	(void)state;
	assert_int_equal(notify_calls(&both, NOTIFY_SCRIPT_MASTER, &brief, &a, calls, &n), 0);
	memset(name, 'x', sizeof(name) - 1);
	memset(word, 'x', sizeof(word) - 1);
	assert_words(calls[1].argv,
		     WORDS("/etc/buoy/notify.sh", "-v", "INSTANCE", "VI_1", "MASTER", "255"));
	assert_string_equal(calls[1].envp[0], "BUOY_INSTANCE=VI_1");
	arena_done(&a);
}

/* The arena's only block is filled up to less and less room, so each allocation in turn finds none.
 */
static void each_allocation_that_fails_is_told_and_nothing_is_written(void **state)
{
	struct heap_budget budget = { .left = 0 };
	struct notify_call calls[2], before[2];
	unsigned failed = 0;
	bool done = false;

	(void)state;
	memset(calls, 0x5a, sizeof(calls));
	memcpy(before, calls, sizeof(calls));
	for (size_t room = 0; !done; room += 16) {
		struct arena a = heap_arena(&budget);
		uint32_t n = 77;
		int r;

		budget.left = 1;
		assert_true(room < 16384);
		if (room == 0)
			budget.left = 0;
		else
			assert_non_null(arena_alloc(&a, 16384 - room));
		r = notify_calls(&both, NOTIFY_SCRIPT_MASTER, &facts, &a, calls, &n);
		done = r == 0;
		if (!done) {
			assert_int_equal(r, E_NOMEM);
			assert_int_equal(n, 77);
			assert_memory_equal(calls, before, sizeof(calls));
			failed++;
		}
		arena_done(&a);
	}
	/* 2 tables of arguments with 4 words, 1 of the environment with 10. */
	assert_true(failed >= 2 + 4 + 1 + 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_script_gets_its_own_arguments_and_nothing_else),
		cmocka_unit_test(the_generic_script_comes_second_with_four_more_arguments),
		cmocka_unit_test(only_what_is_configured_is_called),
		cmocka_unit_test(every_script_finds_the_facts_in_its_environment),
		cmocka_unit_test(what_is_not_known_is_there_and_empty),
		cmocka_unit_test(a_group_is_called_a_group_and_has_no_priority),
		cmocka_unit_test(the_calls_outlive_the_facts),
		cmocka_unit_test(each_allocation_that_fails_is_told_and_nothing_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
