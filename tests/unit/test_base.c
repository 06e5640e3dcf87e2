#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/heap.h"
#include "base/map.h"
#include "base/msg.h"
#include "base/prng.h"
#include "base/text.h"
#include "heap_arena.h"

static void text_formats_what_printf_would(void **unused)
{
	char buf[128];
	struct text t = TEXT(buf);

	(void)unused;
	text_fmt(&t, "%s|%d|%u|%04x|%3d|%lld|%zu|%c|%%|%llu", "a", -5, 7u, 0xabu, 9, -9000000000LL,
		 sizeof(buf), 'z', 18446744073709551615ULL);
	assert_string_equal(buf, "a|-5|7|00ab|  9|-9000000000|128|z|%|18446744073709551615");
	assert_false(t.cut);
}

static void text_that_does_not_fit_is_cut_and_says_so(void **unused)
{
	char buf[8];
	struct text t = TEXT(buf);

	(void)unused;
	text_str(&t, "abcdefghij");
	assert_string_equal(buf, "abcdefg");
	assert_true(t.cut);
	text_str(&t, "k");
	assert_string_equal(buf, "abcdefg");
}

static void seconds_keep_every_microsecond(void **unused)
{
	static const struct {
		usec_t us;
		const char *text;
	} cases[] = { { 0, "0" },
		      { 1, "0.000001" },
		      { 3609375, "3.609375" },
		      { 2000000, "2" },
		      { 10500000, "10.5" } };

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char buf[32];
		struct text t = TEXT(buf);

		text_seconds(&t, cases[i].us);
		assert_string_equal(buf, cases[i].text);
	}
}

static void json_strings_are_always_valid_json(void **unused)
{
	char buf[128];
	struct text t = TEXT(buf);

	(void)unused;
	text_json(&t, "a\"b\\c\nd\x01 \xc3\xa9 \xff \xed\xa0\x80");
	assert_string_equal(buf, "\"a\\\"b\\\\c\\nd\\u0001 \xc3\xa9 \xef\xbf\xbd "
				 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void addresses_are_read_printed_and_ordered_as_numbers(void **unused)
{
	char buf[ADDR_TEXT_MAX];
	struct addr a, b;

	(void)unused;
	assert_int_equal(addr_parse("10.0.0.9", 8, &a), 0);
	assert_int_equal(addr_parse("10.0.0.128", 10, &b), 0);
	assert_true(addr_cmp(&a, &b) < 0);
	assert_string_equal(addr_print(&b, buf), "10.0.0.128");
	assert_int_equal(addr_parse("fe80::1", 7, &a), 0);
	assert_string_equal(addr_print(&a, buf), "fe80::1");
	assert_int_equal(addr_parse("10.0.0", 6, &a), E_SYNTAX);
	assert_int_equal(addr_parse("10.0.0.256", 10, &a), E_SYNTAX);
	assert_string_equal(addr_print(&a, buf), "fe80::1");
}

static void only_a_host_can_be_a_source(void **unused)
{
	static const struct {
		const char *text;
		bool host;
	} cases[] = { { "192.0.2.1", true },
		      { "0.0.0.0", false },
		      { "224.0.0.18", false },
		      { "127.0.0.1", false },
		      { "255.255.255.255", false },
		      { "fe80::1", true },
		      { "ff02::12", false },
		      { "::", false },
		      { "::1", false } };

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr a;

		assert_int_equal(addr_parse(cases[i].text, strlen(cases[i].text), &a), 0);
		assert_int_equal(addr_is_host(&a), cases[i].host);
	}
}

static void the_heap_gives_deadlines_in_order_whatever_was_moved(void **unused)
{
	enum { COUNT = 500 };
	static struct heap_item items[COUNT];
	static struct heap_item *slots[COUNT];
	struct heap h = { .slots = slots };
	struct prng r = { 42 };
	usec_t last = 0;

	(void)unused;
	for (uint32_t i = 0; i < COUNT; i++) {
		items[i] = (struct heap_item){ .when = prng_below(&r, 1000), .id = i };
		heap_add(&h, &items[i]);
	}
	for (int i = 0; i < 2000; i++)
		heap_move(&h, &items[prng_below(&r, COUNT)], prng_below(&r, 1000));
	for (uint32_t i = 0; i < COUNT / 2; i++)
		heap_remove(&h, &items[i]);
	assert_int_equal(h.count, COUNT / 2);
	while (h.count > 0) {
		struct heap_item *first = heap_first(&h);

		assert_true(first->when >= last);
		assert_true(first->id >= COUNT / 2);
		last = first->when;
		heap_remove(&h, first);
	}
}

static void the_map_finds_every_key_and_refuses_a_second_one(void **unused)
{
	enum { COUNT = 1000 };
	static struct map_slot slots[4096];
	struct map m;

	(void)unused;
	assert_true(map_slots(COUNT) <= 4096);
	map_init(&m, slots, map_slots(COUNT));
	for (uint32_t i = 0; i < COUNT; i++)
		assert_true(map_put(&m, (uint64_t)i << 16, i));
	assert_false(map_put(&m, 5 << 16, 77));
	for (uint32_t i = 0; i < COUNT; i++)
		assert_int_equal(map_get(&m, (uint64_t)i << 16), i);
	assert_int_equal(map_get(&m, 1), MAP_NONE);
}

static void an_arena_says_no_instead_of_giving_less(void **unused)
{
	struct heap_budget one = { 1 };
	struct arena a = heap_arena(&one);

	(void)unused;
	assert_non_null(arena_alloc(&a, 100));
	assert_null(arena_alloc(&a, 1 << 20));
	assert_null(arena_array(&a, SIZE_MAX / 2, 16));
	assert_string_equal(arena_strdup(&a, "still there"), "still there");
	arena_done(&a);
}

static void messages_take_their_arguments_in_order(void **unused)
{
	char buf[128];
	struct text t = TEXT(buf);
	struct msg m = { MSG_LOWER_HEARD,
			 { MSG_S("VI_1"), MSG_A(addr_v4(0x0a00010a)), MSG_N(90), MSG_N(100) } };

	(void)unused;
	msg_render(&t, &m);
	assert_string_equal(
		buf, "(VI_1) Received advert from 10.0.1.10 with lower priority 90, ours 100");
}

static void every_error_has_a_text_of_its_own(void **unused)
{
	(void)unused;
	assert_string_equal(err_text(0), "success");
	assert_string_equal(err_text(1), "unknown error");
	assert_string_equal(err_text(-(int)ERR_COUNT - 1), "unknown error");
	for (int a = 1; a <= (int)ERR_COUNT; a++)
		for (int b = 1; b < a; b++)
			assert_string_not_equal(err_text(-a), err_text(-b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_formats_what_printf_would),
		cmocka_unit_test(text_that_does_not_fit_is_cut_and_says_so),
		cmocka_unit_test(seconds_keep_every_microsecond),
		cmocka_unit_test(json_strings_are_always_valid_json),
		cmocka_unit_test(addresses_are_read_printed_and_ordered_as_numbers),
		cmocka_unit_test(only_a_host_can_be_a_source),
		cmocka_unit_test(the_heap_gives_deadlines_in_order_whatever_was_moved),
		cmocka_unit_test(the_map_finds_every_key_and_refuses_a_second_one),
		cmocka_unit_test(an_arena_says_no_instead_of_giving_less),
		cmocka_unit_test(messages_take_their_arguments_in_order),
		cmocka_unit_test(every_error_has_a_text_of_its_own),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
