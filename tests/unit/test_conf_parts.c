/* The small parts of the configuration reader: names, near words, numbers, commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/prng.h"
#include "conf/keys.h"
#include "conf/names.h"
#include "conf/near.h"
#include "conf/number.h"
#include "conf/shell.h"

#include "heap_arena.h"

static void names_find_what_was_put_however_many(void **unused)
{
	struct arena a = heap_arena(NULL);
	struct names n;
	char buf[16];

	(void)unused;
	assert_int_equal(names_init(&n, &a, 0), 0);
	for (uint32_t i = 0; i < 5000; i++) {
		(void)snprintf(buf, sizeof(buf), "name%u", i);
		assert_int_equal(names_put(&n, arena_strdup(&a, buf), i), 0);
		assert_int_equal(names_put(&n, buf, i), E_EXISTS);
	}
	for (uint32_t i = 0; i < 5000; i++) {
		(void)snprintf(buf, sizeof(buf), "name%u", i);
		assert_int_equal(names_find(&n, buf), i);
	}
	assert_int_equal(names_find(&n, "name5000"), NAMES_NONE);
	assert_int_equal(names_find(&n, ""), NAMES_NONE);
	arena_done(&a);
}

static void a_typing_error_counts_one(void **unused)
{
	(void)unused;
	assert_int_equal(near_distance("priority", "priority", 3), 0);
	assert_int_equal(near_distance("prioritty", "priority", 3), 1);
	assert_int_equal(near_distance("pririty", "priority", 3), 1);
	assert_int_equal(near_distance("priorify", "priority", 3), 1);
	assert_int_equal(near_distance("pirority", "priority", 3), 1);
	assert_int_equal(near_distance("", "abc", 3), 3);
	assert_int_equal(near_distance("abcd", "efgh", 3), 4);
	assert_int_equal(near_distance("a", "abcdefgh", 3), 4);
}

static void the_nearest_word_is_found_and_a_far_one_is_not(void **unused)
{
	struct near near = NEAR("intreface");

	(void)unused;
	near_offer(&near, "instance");
	near_offer(&near, "interfaces");
	near_offer(&near, "interface");
	near_offer(&near, "intrrface");
	assert_string_equal(near.best, "interface");
	near = NEAR("foo");
	near_offer(&near, "state");
	assert_null(near.best);
}

static void numbers_are_decimal_and_whole_words(void **unused)
{
	static const struct {
		const char *s;
		int err;
		int64_t v;
	} cases[] = {
		{ "0", 0, 0 },
		{ "051", 0, 51 },
		{ "+7", 0, 7 },
		{ "-20", 0, -20 },
		{ "", E_SYNTAX, 0 },
		{ "-", E_SYNTAX, 0 },
		{ "0x33", E_SYNTAX, 0 },
		{ "1s", E_SYNTAX, 0 },
		{ " 1", E_SYNTAX, 0 },
		{ "1.5", E_SYNTAX, 0 },
		{ "--1", E_SYNTAX, 0 },
		{ "1000000000000000", 0, 1000000000000000 },
		{ "1000000000000001", E_RANGE, 0 },
		{ "99999999999999999999999999999999999999", E_RANGE, 0 },
		{ "10000000000000000000000000000000000001", E_RANGE, 0 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t v = 4711;

		assert_int_equal(number_parse(cases[i].s, &v), cases[i].err);
		assert_int_equal(v, cases[i].err == 0 ? cases[i].v : 4711);
	}
}

static void seconds_have_up_to_six_decimals(void **unused)
{
	static const struct {
		const char *s;
		int err;
		int64_t v;
	} cases[] = {
		{ "1", 0, 1000000 },          { "0.5", 0, 500000 },
		{ "2.000001", 0, 2000001 },   { "-1.25", 0, -1250000 },
		{ "1.0000001", E_SYNTAX, 0 }, { "1.", E_SYNTAX, 0 },
		{ ".5", E_SYNTAX, 0 },        { "1.5s", E_SYNTAX, 0 },
		{ "1e3", E_SYNTAX, 0 },       { "1000000000", 0, 1000000000000000 },
		{ "1000000001", E_RANGE, 0 }, { "99999999999999999999999", E_RANGE, 0 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t v = 4711;

		assert_int_equal(seconds_parse(cases[i].s, &v), cases[i].err);
		assert_int_equal(v, cases[i].err == 0 ? cases[i].v : 4711);
	}
}

static void a_command_is_taken_apart_like_in_a_shell(void **unused)
{
	static const struct {
		const char *s;
		const char *argv[5];
	} cases[] = {
		{ "/x", { "/x" } },
		{ "  /x\ta  b ", { "/x", "a", "b" } },
		{ "/x 'a b' \"c d\"", { "/x", "a b", "c d" } },
		{ "/x '' \"\"", { "/x", "", "" } },
		{ "/x a'b c'd", { "/x", "ab cd" } },
		{ "/x it\\'s a\\ b", { "/x", "it's", "a b" } },
		{ "/x \\x41\\102\\t\\cA \\q", { "/x", "AB\t\001", "q" } },
		{ "/x '\\'' \"\\\"\"", { "/x", "'", "\"" } },
		{ "/x \\", { "/x", "\\" } },
		{ "/x # $HOME | {} !", { "/x", "#", "$HOME", "|", "{}" } },
	};
	struct arena a = heap_arena(NULL);
	const char *const *argv;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(shell_split(&a, cases[i].s, &argv), 0);
		for (size_t w = 0; w < 5 && cases[i].argv[w] != NULL; w++)
			assert_string_equal(argv[w], cases[i].argv[w]);
	}
	assert_int_equal(shell_split(&a, "", &argv), E_SYNTAX);
	assert_int_equal(shell_split(&a, " \t", &argv), E_SYNTAX);
	assert_int_equal(shell_split(&a, "/x 'open", &argv), E_SYNTAX);
	assert_int_equal(shell_split(&a, "/x \\0", &argv), E_SYNTAX);
	arena_done(&a);
}

static void a_command_put_together_comes_apart_the_same(void **unused)
{
	static const char letters[] = "ab $'\"\\#!{}\t\n\x01\x7f\xc3\xa9-";
	struct prng rng = { .state = 1 };

	(void)unused;
	for (int round = 0; round < 2000; round++) {
		struct arena a = heap_arena(NULL);
		char words[3][8] = { "" };
		const char *argv[4] = { words[0], words[1], words[2], NULL };
		const char *const *got;
		const char *text;

		for (size_t w = 0; w < 3; w++)
			for (size_t i = prng_next(&rng) % 8; i > 0; i--)
				words[w][i - 1] = letters[prng_next(&rng) % (sizeof(letters) - 1)];
		text = shell_text(&a, argv);
		assert_int_equal(shell_split(&a, text, &got), 0);
		for (size_t w = 0; w < 3; w++)
			assert_string_equal(got[w], argv[w]);
		assert_null(got[3]);
		arena_done(&a);
	}
}

static void every_keyword_is_in_its_table_once_and_can_be_explained(void **unused)
{
	struct arena a = heap_arena(NULL);

	(void)unused;
	for (enum key_block b = KEYS_ROOT; b < KEYS_BLOCKS; b++) {
		const struct key_table *t = key_table(b);
		struct names n;

		assert_int_equal(names_init(&n, &a, 1), 0);
		for (size_t i = 0; i < t->count; i++) {
			const struct key *k = &t->keys[i];

			assert_int_equal(names_put(&n, k->name, 0), 0);
			if (k->kind >= KEY_LATER)
				continue;
			assert_non_null(k->doc);
			assert_true(k->min <= k->max);
			assert_int_equal(k->read != NULL,
					 k->kind == KEY_OWN || k->kind == KEY_BLOCK);
			assert_int_equal(k->choices != NULL, k->kind == KEY_CHOICE);
			if (k->kind == KEY_NUMBER || k->kind == KEY_SECONDS || k->kind == KEY_TIME)
				assert_true(k->max > 0);
		}
	}
	arena_done(&a);
}

static void every_complaint_has_a_code_of_its_own(void **unused)
{
	(void)unused;
	for (enum diag_id i = 0; i < DIAG_COUNT; i++) {
		const struct diag_kind *k = diag_kind(i);

		assert_int_equal(k->code[0], "EWA"[k->grade]);
		assert_int_equal(strlen(k->code), 4);
		assert_true(strlen(k->meaning) > 0);
		for (enum diag_id j = 0; j < i; j++)
			assert_string_not_equal(k->code, diag_kind(j)->code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_find_what_was_put_however_many),
		cmocka_unit_test(a_typing_error_counts_one),
		cmocka_unit_test(the_nearest_word_is_found_and_a_far_one_is_not),
		cmocka_unit_test(numbers_are_decimal_and_whole_words),
		cmocka_unit_test(seconds_have_up_to_six_decimals),
		cmocka_unit_test(a_command_is_taken_apart_like_in_a_shell),
		cmocka_unit_test(a_command_put_together_comes_apart_the_same),
		cmocka_unit_test(every_keyword_is_in_its_table_once_and_can_be_explained),
		cmocka_unit_test(every_complaint_has_a_code_of_its_own),
	};

	return cmocka_run_group_tests_name("conf_parts", tests, NULL, NULL);
}
