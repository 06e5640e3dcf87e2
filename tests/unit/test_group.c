#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

static const usec_t DOWN_100 = 3609375;

static struct rig r;

/* Two instances, VRID 51 and 52, in one group; the second tracks the check with |weight|. */
static void start_pair(bool tracked, int16_t weight)
{
	static const uint32_t members[] = { 0, 1 };
	static const struct group_conf group = { "VG", members, 2 };
	static struct track_conf track;

	track = (struct track_conf){ .weight = weight };
	r.groups = &group;
	r.group_count = 1;
	r.instances[0] = r.instances[1] = rig_instance();
	r.instances[0].name = "VI_1";
	r.instances[1].name = "VI_2";
	r.instances[1].vrid = 52;
	if (tracked) {
		r.instances[1].checks = &track;
		r.instances[1].check_count = 1;
	}
	rig_make(&r, 2);
	rig_step(&r, &(struct event){ .kind = EV_START });
	rig_run(&r, 0);
}

static void assert_states(enum vrrp_state first, enum vrrp_state second)
{
	assert_int_equal(r.node.instances[0].state, first);
	assert_int_equal(r.node.instances[1].state, second);
}

static int teardown(void **unused)
{
	(void)unused;
	rig_done(&r);
	return 0;
}

static void members_become_master_together(void **unused)
{
	(void)unused;
	start_pair(false, 0);
	rig_run(&r, 2 * USEC_PER_SEC);
	rig_hear_for(&r, 1, 1, 150);
	rig_run(&r, DOWN_100);
	assert_states(VRRP_BACKUP, VRRP_BACKUP);
	assert_int_equal(rig_count(&r, "(VI_1) could be MASTER, waits for VI_2"), 1);
	rig_run(&r, 2 * USEC_PER_SEC + DOWN_100);
	assert_states(VRRP_MASTER, VRRP_MASTER);
	assert_int_equal(rig_count(&r, "group VG MASTER"), 1);
}

static void who_waits_for_its_group_still_follows_a_better_one(void **unused)
{
	(void)unused;
	start_pair(false, 0);
	rig_run(&r, 2 * USEC_PER_SEC);
	rig_hear_for(&r, 1, 1, 150);
	rig_run(&r, DOWN_100);
	rig_hear_for(&r, 0, 1, 150);
	rig_run(&r, 2 * USEC_PER_SEC + DOWN_100);
	assert_states(VRRP_BACKUP, VRRP_BACKUP);
	assert_true(r.node.instances[1].wants);
	assert_false(r.node.instances[0].wants);
}

static void one_that_yields_takes_the_others_along_and_they_resign(void **unused)
{
	(void)unused;
	start_pair(false, 0);
	rig_run(&r, DOWN_100);
	assert_states(VRRP_MASTER, VRRP_MASTER);
	rig_clear(&r);
	rig_hear_for(&r, 0, 1, 150);
	assert_states(VRRP_BACKUP, VRRP_BACKUP);
	assert_int_equal(rig_count(&r, "adv 0"), 1);
	assert_int_equal(rig_count(&r, "vip- 0+1"), 2);
	assert_int_equal(rig_count(&r, "follows VI_1 of its sync group"), 1);
	assert_int_equal(rig_count(&r, "group VG BACKUP"), 1);
}

static void a_fault_of_one_is_the_fault_of_all(void **unused)
{
	(void)unused;
	start_pair(true, 0);
	rig_check(&r, VERDICT_UP);
	rig_run(&r, DOWN_100);
	assert_states(VRRP_MASTER, VRRP_MASTER);
	rig_check(&r, VERDICT_DOWN);
	assert_states(VRRP_FAULT, VRRP_FAULT);
	assert_int_equal(r.node.instances[0].why.reason, WHY_GROUP);
	assert_int_equal(rig_count(&r, "group VG FAULT"), 1);
	rig_check(&r, VERDICT_UP);
	assert_states(VRRP_BACKUP, VRRP_BACKUP);
	rig_run(&r, r.now + DOWN_100);
	assert_states(VRRP_MASTER, VRRP_MASTER);
}

static void a_group_has_stopped_when_its_last_member_has(void **unused)
{
	(void)unused;
	start_pair(false, 0);
	rig_run(&r, DOWN_100);
	assert_states(VRRP_MASTER, VRRP_MASTER);
	rig_clear(&r);
	rig_step(&r, &(struct event){ .kind = EV_STOP });
	rig_run(&r, r.now);
	assert_states(VRRP_INIT, VRRP_INIT);
	assert_int_equal(rig_count(&r, "group VG STOP"), 1);
	assert_int_equal(rig_count(&r, "group VG"), 1);
}

/* keepalived drops weighted checks of members without a word that matters. */
static void a_weight_counts_inside_a_group(void **unused)
{
	(void)unused;
	start_pair(true, -20);
	rig_check(&r, VERDICT_UP);
	rig_run(&r, DOWN_100);
	rig_check(&r, VERDICT_DOWN);
	assert_int_equal(r.node.instances[1].priority, 80);
	rig_hear_for(&r, 1, 1, 90);
	assert_states(VRRP_BACKUP, VRRP_BACKUP);
}

static void a_group_that_stops_resigns_for_every_member(void **unused)
{
	(void)unused;
	start_pair(false, 0);
	rig_run(&r, DOWN_100);
	rig_clear(&r);
	rig_step(&r, &(struct event){ .kind = EV_STOP });
	rig_run(&r, r.now);
	assert_true(node_stopped(&r.node));
	assert_int_equal(rig_count(&r, "adv 0"), 2);
	assert_int_equal(node_deadline(&r.node), USEC_NEVER);
}

#define CASE(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(members_become_master_together),
		CASE(who_waits_for_its_group_still_follows_a_better_one),
		CASE(one_that_yields_takes_the_others_along_and_they_resign),
		CASE(a_fault_of_one_is_the_fault_of_all),
		CASE(a_group_has_stopped_when_its_last_member_has),
		CASE(a_weight_counts_inside_a_group),
		CASE(a_group_that_stops_resigns_for_every_member),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
