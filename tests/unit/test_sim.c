#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heap_arena.h"
#include "sim/cluster.h"
#include "sim/world.h"

/* One world on the table at a time. */
static struct {
	struct arena arena;
	struct world_conf conf;
	struct world world;
} t;

static struct world *const w = &t.world;

static int teardown(void **unused)
{
	(void)unused;
	arena_done(&t.arena);
	return 0;
}

static void make(const struct cluster *c)
{
	t.arena = heap_arena(NULL);
	t.conf = cluster_world(c, 1);
	assert_int_equal(cluster_make(c, &t.arena, t.conf.hosts), 0);
}

static void start(void)
{
	assert_int_equal(world_init(w, &t.conf, NULL, &t.arena), 0);
	for (uint8_t n = 0; n < t.conf.host_count; n++)
		world_power(w, n, true);
	world_run(w, 30 * USEC_PER_SEC);
}

static void start_plain(uint8_t hosts)
{
	struct cluster c = cluster_plain(hosts);

	make(&c);
	start();
}

static enum vrrp_state state(uint8_t n)
{
	return host_state(w, &w->routers[0], n);
}

static void the_highest_priority_serves_the_client(void **unused)
{
	(void)unused;
	start_plain(3);
	assert_int_equal(state(0), VRRP_MASTER);
	assert_int_equal(state(1), VRRP_BACKUP);
	assert_int_equal(state(2), VRRP_BACKUP);
	assert_true(host_holds(w, &w->routers[0], 0));
	assert_int_equal(client_reaches(w, 0, 0), 0);
	assert_false(w->overflow);
}

/* Last advert at 30 s sharp or before; 3 s and 166/256 s later the second one is MASTER. */
static void a_power_cut_moves_the_client_after_the_master_down_time(void **unused)
{
	usec_t heard, down = 3 * USEC_PER_SEC + vrrp_skew(2, 90, 0);

	(void)unused;
	start_plain(3);
	world_power(w, 0, false);
	heard = host_instance(w, &w->routers[0], 1)->down_base;
	world_run(w, heard + down - 1);
	assert_int_equal(client_reaches(w, 0, 0), SIM_NONE);
	assert_int_equal(state(1), VRRP_BACKUP);
	world_run(w, heard + down + 1000);
	assert_int_equal(state(1), VRRP_MASTER);
	assert_int_equal(client_reaches(w, 0, 0), 1);
}

static void a_client_whose_announcements_are_lost_asks_again_by_itself(void **unused)
{
	(void)unused;
	start_plain(2);
	world_power(w, 0, false);
	w->net.paths[0][1][SIM_HOSTS_MAX].loss = 65535;
	world_run(w, 34 * USEC_PER_SEC);
	assert_int_equal(state(1), VRRP_MASTER);
	assert_int_equal(client_reaches(w, 0, 0), SIM_NONE);
	world_run(w, 30 * USEC_PER_SEC + CLIENT_NOTICES_US);
	assert_int_equal(client_reaches(w, 0, 0), 1);
}

static void a_filter_of_protocol_112_makes_two_masters_and_cuts_nobody_off(void **unused)
{
	(void)unused;
	start_plain(2);
	world_filter(w, 0, 1, true);
	world_run(w, 60 * USEC_PER_SEC);
	assert_int_equal(state(0), VRRP_MASTER);
	assert_int_equal(state(1), VRRP_MASTER);
	assert_int_not_equal(client_reaches(w, 0, 0), SIM_NONE);
	world_filter(w, 0, 1, false);
	world_run(w, 62 * USEC_PER_SEC);
	assert_int_equal(state(1), VRRP_BACKUP);
	assert_int_equal(client_reaches(w, 0, 0), 0);
}

static void a_paused_host_lets_go_when_it_wakes(void **unused)
{
	(void)unused;
	start_plain(2);
	world_pause(w, 0, true);
	world_run(w, 60 * USEC_PER_SEC);
	assert_int_equal(state(1), VRRP_MASTER);
	assert_true(host_holds(w, &w->routers[0], 0));
	assert_int_equal(client_reaches(w, 0, 0), 1);
	world_pause(w, 0, false);
	world_run(w, 60 * USEC_PER_SEC);
	assert_false(host_holds(w, &w->routers[0], 0));
	assert_int_equal(state(0), VRRP_BACKUP);
	world_run(w, 70 * USEC_PER_SEC);
	assert_int_equal(state(0), VRRP_MASTER);
}

static void a_killed_daemon_leaves_its_address_until_the_lease_ends(void **unused)
{
	struct cluster c = cluster_plain(2);

	(void)unused;
	make(&c);
	t.conf.kernel.lease_us = 10 * USEC_PER_SEC;
	start();
	world_daemon_kill(w, 0);
	world_run(w, 39 * USEC_PER_SEC);
	assert_true(host_holds(w, &w->routers[0], 0));
	assert_true(host_holds(w, &w->routers[0], 1));
	world_run(w, 40 * USEC_PER_SEC);
	assert_false(host_holds(w, &w->routers[0], 0));
	world_daemon_start(w, 0);
	world_run(w, 50 * USEC_PER_SEC);
	assert_int_equal(client_reaches(w, 0, 0), 0);
}

static void a_daemon_that_stops_resigns_so_that_the_next_one_follows_at_once(void **unused)
{
	(void)unused;
	start_plain(2);
	world_daemon_stop(w, 0);
	world_run(w, 30 * USEC_PER_SEC + vrrp_skew(2, 90, 0) + 1000);
	assert_int_equal(w->hosts[0].daemon, DAEMON_NONE);
	assert_int_equal(client_reaches(w, 0, 0), 1);
}

/* interval 2 s, fall 3: the check sees the dead service at its next run and twice more. */
static void a_check_follows_the_service_through_fall_and_rise(void **unused)
{
	struct cluster c = cluster_plain(2);

	(void)unused;
	c.checks = 1;
	c.check[0] = (struct cluster_check){ .interval_us = 2 * USEC_PER_SEC,
					     .timeout_us = 3 * USEC_PER_SEC,
					     .rise = 2,
					     .fall = 3,
					     .weight = -20,
					     .kind = CHECK_ALIVE };
	make(&c);
	start();
	world_service(w, 0, SERVICE_DOWN);
	world_run(w, 34 * USEC_PER_SEC);
	assert_int_equal(host_instance(w, &w->routers[0], 0)->priority, 100);
	world_run(w, 36 * USEC_PER_SEC);
	assert_int_equal(host_instance(w, &w->routers[0], 0)->priority, 80);
	world_run(w, 41 * USEC_PER_SEC);
	assert_int_equal(client_reaches(w, 0, 0), 1);
	world_service(w, 0, SERVICE_UP);
	world_run(w, 50 * USEC_PER_SEC);
	assert_int_equal(client_reaches(w, 0, 0), 0);
}

static void a_hung_service_fails_its_check_by_timeout(void **unused)
{
	struct cluster c = cluster_plain(1);

	(void)unused;
	c.checks = 1;
	c.check[0] = (struct cluster_check){ .interval_us = 2 * USEC_PER_SEC,
					     .timeout_us = 3 * USEC_PER_SEC,
					     .rise = 1,
					     .fall = 1,
					     .weight = 0,
					     .kind = CHECK_ALIVE };
	make(&c);
	start();
	world_service(w, 0, SERVICE_HUNG);
	world_run(w, 34 * USEC_PER_SEC);
	assert_int_equal(state(0), VRRP_FAULT);
	assert_int_equal(w->hosts[0].probes[0].judge.outcome, PROBE_TIMEOUT);
	world_service(w, 0, SERVICE_UP);
	world_run(w, 40 * USEC_PER_SEC);
	assert_int_equal(state(0), VRRP_MASTER);
}

static void a_refused_address_is_a_fault_and_the_next_host_takes_over(void **unused)
{
	(void)unused;
	start_plain(2);
	world_power(w, 0, false);
	world_run(w, 31 * USEC_PER_SEC);
	t.conf.kernel.refuse_add = 65535;
	world_run(w, 40 * USEC_PER_SEC);
	assert_int_equal(client_reaches(w, 0, 0), SIM_NONE);
	t.conf.kernel.refuse_add = 0;
	world_run(w, 50 * USEC_PER_SEC);
	assert_int_equal(client_reaches(w, 0, 0), 1);
}

static void a_slow_kernel_keeps_the_order_of_what_it_is_asked(void **unused)
{
	struct cluster c = cluster_plain(2);

	(void)unused;
	make(&c);
	t.conf.kernel.delay_us = 300000;
	start();
	assert_int_equal(client_reaches(w, 0, 0), 0);
	assert_int_equal(w->hosts[1].unfinished[0], 0);
	world_daemon_stop(w, 0);
	world_run(w, 40 * USEC_PER_SEC);
	assert_false(host_holds(w, &w->routers[0], 0));
	assert_int_equal(client_reaches(w, 0, 0), 1);
}

static void assert_takes_over(const struct cluster *c)
{
	make(c);
	start();
	for (uint8_t r = 0; r < c->routers; r++)
		assert_int_equal(host_state(w, &w->routers[r], 0), VRRP_MASTER);
	assert_int_equal(client_reaches(w, 0, 0), 0);
	world_power(w, 0, false);
	world_run(w, 40 * USEC_PER_SEC);
	for (uint8_t r = 0; r < c->routers; r++)
		assert_int_equal(host_state(w, &w->routers[r], 1), VRRP_MASTER);
	assert_int_equal(client_reaches(w, 0, 0), 1);
	arena_done(&t.arena);
}

static void every_form_of_the_protocol_takes_over(void **unused)
{
	struct cluster c = cluster_plain(3), v6 = c, unicast = c, sealed = c, together = c;

	(void)unused;
	v6.version = 3;
	v6.family = ADDR_V6;
	assert_takes_over(&v6);
	unicast.version = 3;
	unicast.unicast = true;
	assert_takes_over(&unicast);
	sealed.auth = VRRP_AUTH_AH;
	assert_takes_over(&sealed);
	together.routers = 3;
	together.sync = true;
	assert_takes_over(&together);
	assert_takes_over(&c);
}

static void an_address_somebody_removes_comes_back_at_once(void **unused)
{
	(void)unused;
	start_plain(2);
	world_lose_address(w, 0, 0, 0);
	assert_false(host_holds(w, &w->routers[0], 0));
	world_run(w, w->now);
	assert_true(host_holds(w, &w->routers[0], 0));
}

/* ---- rows ------------------------------------------------------------------------------- */

static void start_database(enum promotion promotion)
{
	struct cluster c = cluster_plain(2);

	make(&c);
	t.conf.primary = 0;
	t.conf.need = NEED_WRITE;
	t.conf.promotion = promotion;
	t.conf.promote_us = 60 * USEC_PER_SEC;
	start();
	world_arm_promotion(w);
}

static void a_replica_serves_no_writer_until_somebody_promotes_it(void **unused)
{
	(void)unused;
	start_database(PROMOTE_MANUAL);
	assert_true(client_served(w, 0, 0, NEED_WRITE));
	world_power(w, 0, false);
	world_run(w, 80 * USEC_PER_SEC);
	assert_int_equal(client_reaches(w, 0, 0), 1);
	assert_false(client_served(w, 0, 0, NEED_WRITE));
	world_run(w, 91 * USEC_PER_SEC);
	assert_true(client_served(w, 0, 0, NEED_WRITE));
	assert_false(host_lacks_rows(w, 1));
}

static void a_primary_that_returns_lacks_what_was_written_meanwhile(void **unused)
{
	(void)unused;
	start_database(PROMOTE_MANUAL);
	world_power(w, 0, false);
	world_run(w, 100 * USEC_PER_SEC);
	world_power(w, 0, true);
	world_run(w, 130 * USEC_PER_SEC);
	assert_int_equal(client_reaches(w, 0, 0), 0);
	assert_true(host_lacks_rows(w, 0));
}

static void nobody_promotes_what_need_not_be_promoted(void **unused)
{
	(void)unused;
	start_database(PROMOTE_AUTO);
	world_daemon_kill(w, 0);
	world_run(w, 200 * USEC_PER_SEC);
	assert_false(w->hosts[1].service.writable);
}

/* ---- the same again --------------------------------------------------------------------- */

static uint64_t story(uint64_t seed)
{
	struct cluster c = cluster_plain(5);
	uint64_t sum = 0;

	make(&c);
	t.conf.seed = seed;
	t.conf.shuffle = true;
	t.conf.path.loss = 20000;
	t.conf.path.jitter_us = 5000;
	t.conf.lateness_us = 2000;
	start();
	world_run(w, 120 * USEC_PER_SEC);
	sum = w->net.carried * 31 + w->net.lost * 17 + w->steps;
	for (uint8_t n = 0; n < 5; n++)
		sum = sum * 31 + host_instance(w, &w->routers[0], n)->stats.received;
	arena_done(&t.arena);
	return sum;
}

static void a_seed_tells_the_same_story_twice_and_another_seed_another(void **unused)
{
	(void)unused;
	assert_int_equal(story(7), story(7));
	assert_int_not_equal(story(7), story(8));
}

#define CASE(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_highest_priority_serves_the_client),
		CASE(a_power_cut_moves_the_client_after_the_master_down_time),
		CASE(a_client_whose_announcements_are_lost_asks_again_by_itself),
		CASE(a_filter_of_protocol_112_makes_two_masters_and_cuts_nobody_off),
		CASE(a_paused_host_lets_go_when_it_wakes),
		CASE(a_killed_daemon_leaves_its_address_until_the_lease_ends),
		CASE(a_daemon_that_stops_resigns_so_that_the_next_one_follows_at_once),
		CASE(a_check_follows_the_service_through_fall_and_rise),
		CASE(a_hung_service_fails_its_check_by_timeout),
		CASE(a_refused_address_is_a_fault_and_the_next_host_takes_over),
		CASE(a_slow_kernel_keeps_the_order_of_what_it_is_asked),
		CASE(every_form_of_the_protocol_takes_over),
		CASE(an_address_somebody_removes_comes_back_at_once),
		CASE(a_replica_serves_no_writer_until_somebody_promotes_it),
		CASE(a_primary_that_returns_lacks_what_was_written_meanwhile),
		CASE(nobody_promotes_what_need_not_be_promoted),
		CASE(a_seed_tells_the_same_story_twice_and_another_seed_another),
	};

	return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
