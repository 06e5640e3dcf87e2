#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "heap_arena.h"
#include "sim/explore.h"
#include "sim/visited.h"

static struct arena arena;
static struct small first, second;
static struct explore_result result;

static int setup(void **unused)
{
	(void)unused;
	arena = heap_arena(NULL);
	return 0;
}

static int teardown(void **unused)
{
	(void)unused;
	arena_done(&arena);
	return 0;
}

/* Any move that can be made, drawn. */
static struct move draw_move(struct prng *r, const struct small *w, const struct small_state *s)
{
	struct move m;

	do
		m = (struct move){
			.kind = (enum move_kind)prng_below(r, MOVE_COUNT),
			.host = (uint8_t)prng_below(r, w->cluster.hosts),
			.flying = (uint8_t)prng_below(r, SMALL_FLYING_MAX),
			.refused = prng_below(r, 8) == 0,
		};
	while (!small_can(w, s, &m));
	return m;
}

static void make(struct small *w, const struct explore_conf *c)
{
	assert_int_equal(small_init(w, &c->cluster, c->flight_us, c->allowed, &arena), 0);
}

/* If something that a state leaves out had a say, two kinds of noise would make two stories. A
 * field that is new in the core and forgotten in struct small_host is noise too, and shows here. */
static void what_a_state_leaves_out_has_no_say(void **unused)
{
	struct prng r = { 11 };
	struct explore_conf c;

	(void)unused;
	for (unsigned k = 0; explore_name(k) != NULL; k++) {
		struct small_state a, b;

		assert_true(explore_pick(explore_name(k), 3, &c));
		make(&first, &c);
		make(&second, &c);
		first.noise.state = 1 + k;
		second.noise.state = 1000 + k;
		small_begin(&first, 255, &a);
		small_begin(&second, 255, &b);
		for (int n = 0; n < 3000; n++) {
			struct move m = draw_move(&r, &first, &a);
			uint8_t pa[SMALL_BYTES_MAX], pb[SMALL_BYTES_MAX];
			struct small_fault fault;
			bool asked;

			small_move(&first, &a, &m, &asked, &fault, NULL);
			assert_null(fault.law);
			small_move(&second, &b, &m, &asked, &fault, NULL);
			assert_int_equal(small_pack(&first, &a, pa), small_pack(&second, &b, pb));
			assert_memory_equal(pa, pb, small_pack(&first, &a, pa));
			a.faults_left = b.faults_left = 255;
		}
	}
}

static void a_state_comes_back_from_its_bytes_as_it_was(void **unused)
{
	struct prng r = { 5 };
	struct explore_conf c;
	struct small_state s, again;

	(void)unused;
	assert_true(explore_pick("v3", 3, &c));
	make(&first, &c);
	small_begin(&first, 255, &s);
	for (int n = 0; n < 3000; n++) {
		struct move m = draw_move(&r, &first, &s);
		uint8_t bytes[SMALL_BYTES_MAX], more[SMALL_BYTES_MAX];
		struct small_fault fault;
		size_t len;
		bool asked;

		small_move(&first, &s, &m, &asked, &fault, NULL);
		s.faults_left = 255;
		len = small_pack(&first, &s, bytes);
		small_unpack(&first, bytes, &again);
		assert_int_equal(small_pack(&first, &again, more), len);
		assert_memory_equal(bytes, more, len);
		s = again;
	}
}

static void a_small_cluster_is_seen_to_the_end_and_is_sound(void **unused)
{
	struct explore_conf c;

	(void)unused;
	assert_true(explore_pick("weight", 2, &c));
	c.faults = 2;
	c.states_max = 100000;
	c.frontier_bytes = 1 << 20;
	assert_int_equal(explore_run(&c, &arena, &result), 0);
	assert_null(result.fault.law);
	assert_true(result.whole);
	assert_in_range(result.states, 1000, 100000);
	assert_in_range(result.depth, 20, 100);
	assert_true(result.settled > 10);
}

static void the_bound_is_told_when_it_is_reached(void **unused)
{
	struct explore_conf c;

	(void)unused;
	assert_true(explore_pick("weight", 2, &c));
	c.states_max = 1000;
	c.frontier_bytes = 1 << 20;
	assert_int_equal(explore_run(&c, &arena, &result), 0);
	assert_int_equal(result.states, 1000);
	assert_false(result.whole);
}

/* ---- what is wrong is found ------------------------------------------------------------- */

static char told[16384];

static void tell(void *ctx, const char *line)
{
	(void)ctx;
	assert_true(strlen(told) + strlen(line) + 2 < sizeof(told));
	strcat(told, line);
	strcat(told, "\n");
}

/* RFC 3768 has an owner discard every advert: two owners never agree. No fault is needed. */
static void two_owners_are_found_by_the_shortest_way(void **unused)
{
	struct explore_conf c;

	(void)unused;
	assert_true(explore_pick("owner", 2, &c));
	c.cluster.priority[1][0] = 255;
	c.states_max = 10000;
	c.frontier_bytes = 1 << 20;
	assert_int_equal(explore_run(&c, &arena, &result), 0);
	assert_non_null(result.fault.law);
	assert_string_equal(result.fault.law->name, "best-is-master");
	assert_true(result.while_settling);
	assert_int_equal(result.way_length, 0);
}

static void the_way_to_a_state_can_be_told(void **unused)
{
	struct explore_conf c;

	(void)unused;
	assert_true(explore_pick("weight", 2, &c));
	result = (struct explore_result){
		.way = { { MOVE_SERVE, 0, 0, true }, { MOVE_CRASH, 1, 0, false } },
		.way_length = 2,
	};
	told[0] = '\0';
	assert_int_equal(explore_tell(&c, &result, &arena, tell, NULL), 0);
	assert_non_null(strstr(told, "1. +3609375 us node1 serves its deadline, and its kernel "
				     "refuses\n"));
	assert_non_null(strstr(told, "\"why\":\"an address could not be added\""));
	assert_non_null(strstr(told, "2. +0 us node2 loses power\n"));
}

static void a_set_of_states_knows_what_it_has_seen(void **unused)
{
	const struct visited_step step = { VISITED_NONE, 7 };
	struct visited v;
	bool full = false;

	(void)unused;
	assert_int_equal(visited_init(&v, &arena, 2), 0);
	assert_true(visited_add(&v, "one", 3, step, &full));
	assert_false(visited_add(&v, "one", 3, step, &full));
	assert_true(visited_add(&v, "two", 3, step, &full));
	assert_false(full);
	assert_false(visited_add(&v, "three", 5, step, &full));
	assert_true(full);
	assert_int_equal(v.count, 2);
	assert_int_equal(v.steps[1].move, 7);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_a_state_leaves_out_has_no_say),
		CASE(a_state_comes_back_from_its_bytes_as_it_was),
		CASE(a_small_cluster_is_seen_to_the_end_and_is_sound),
		CASE(the_bound_is_told_when_it_is_reached),
		CASE(two_owners_are_found_by_the_shortest_way),
		CASE(the_way_to_a_state_can_be_told),
		CASE(a_set_of_states_knows_what_it_has_seen),
	};

	return cmocka_run_group_tests_name("sim_explore", tests, NULL, NULL);
}
