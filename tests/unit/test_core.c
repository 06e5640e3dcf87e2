#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "heap_arena.h"
#include "rig.h"
#include "wire/ip.h"

static const usec_t DOWN_100 = 3609375; /* 3 s and (256 - 100) / 256 s */

static struct rig r;

static int teardown(void **unused)
{
	(void)unused;
	rig_done(&r);
	return 0;
}

static void start_as_master(struct instance_conf conf)
{
	rig_start(&r, conf);
	rig_run(&r, 5 * USEC_PER_SEC);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	rig_clear(&r);
}

static void assert_action(uint32_t n, enum action_kind kind)
{
	assert_true(n < r.out.count);
	assert_int_equal(r.out.list[n].kind, kind);
}

static void skew_and_down_time_are_exact_to_the_microsecond(void **unused)
{
	(void)unused;
	assert_int_equal(vrrp_skew(2, 100, 5 * USEC_PER_SEC), 609375);
	assert_int_equal(vrrp_skew(2, 254, USEC_PER_SEC), 7812);
	assert_int_equal(vrrp_skew(2, 1, USEC_PER_SEC), 996093);
	assert_int_equal(vrrp_skew(3, 254, 10000), 78);
	assert_int_equal(vrrp_skew(3, 100, 10000), 6093);
	rig_start(&r, rig_instance());
	assert_int_equal(instance_down_interval(rig_first(&r)), DOWN_100);
	assert_int_equal(node_deadline(&r.node), DOWN_100);
}

/* A backup that hears nobody takes over at its deadline: advert, addresses, gratuitous ARP, notify.
 */
static void a_backup_takes_over_at_its_deadline_in_the_right_order(void **unused)
{
	(void)unused;
	rig_start(&r, rig_instance());
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	rig_run(&r, DOWN_100 - 1);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	rig_run(&r, DOWN_100);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_int_equal(rig_first(&r)->why.reason, WHY_SILENCE);
	assert_action(0, ACT_SEND);
	assert_action(1, ACT_ADDR_ADD);
	assert_action(2, ACT_ANNOUNCE);
	assert_int_equal(r.out.list[2].addrs.repeat, 5);
	assert_action(3, ACT_STATE);
	assert_action(4, ACT_NOTIFY);
	assert_int_equal(r.out.list[4].notify.state, NOTIFY_MASTER);
	assert_int_equal(r.out.count, 5);
}

static void a_trace_line_tells_time_event_change_reason_and_actions(void **unused)
{
	(void)unused;
	rig_start(&r, rig_instance());
	rig_clear(&r);
	rig_run(&r, DOWN_100);
	assert_string_equal(
		r.trace,
		"{\"t\":3609375,\"ev\":\"deadline\",\"in\":\"VI\",\"st\":\"BACKUP>MASTER\","
		"\"why\":\"no advertisement for 3.609375 s\",\"do\":[\"adv 100 eth0\","
		"\"vip+ 0+1\",\"garp 0+1 x5\",\"state MASTER\",\"notify MASTER 100\"]}\n");
}

static void the_advertisement_is_the_golden_packet(void **unused)
{
	/* V2-001 with our priority and source; the IP header's sum is checked in wire. */
	static const uint8_t golden[] = { 0x45, 0xc0, 0x00, 0x28, 0x00, 0x00, 0x00, 0x00,
					  0xff, 0x70, 0x18, 0x91, 0xc0, 0x00, 0x02, 0x02,
					  0xe0, 0x00, 0x00, 0x12, 0x21, 0x33, 0x64, 0x01,
					  0x00, 0x01, 0xb8, 0x65, 0xc0, 0x00, 0x02, 0x64,
					  0,    0,    0,    0,    0,    0,    0,    0 };
	struct bytes sent;

	(void)unused;
	rig_start(&r, rig_instance());
	rig_run(&r, DOWN_100);
	sent = r.out.list[0].send.datagram;
	assert_int_equal(sent.len, sizeof(golden));
	assert_memory_equal(sent.p, golden, 8);
	assert_memory_equal(sent.p + 12, golden + 12, sizeof(golden) - 12);
}

static void a_master_advertises_on_a_grid_that_does_not_drift(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	r.now = DOWN_100 + 2 * USEC_PER_SEC + 3000; /* served 3 ms late */
	rig_step(&r, &(struct event){ .kind = EV_DEADLINE });
	assert_int_equal(rig_first(&r)->timers[TIMER_ADVERT], DOWN_100 + 3 * USEC_PER_SEC);
}

static void an_advert_puts_the_takeover_off_by_a_whole_interval(void **unused)
{
	(void)unused;
	rig_start(&r, rig_instance());
	rig_run(&r, 3 * USEC_PER_SEC);
	rig_hear(&r, 1, 150);
	assert_int_equal(node_deadline(&r.node), 3 * USEC_PER_SEC + DOWN_100);
	assert_int_equal(rig_first(&r)->master_priority, 150);
}

static void a_resigned_master_is_followed_after_the_skew(void **unused)
{
	(void)unused;
	rig_start(&r, rig_instance());
	rig_run(&r, USEC_PER_SEC);
	rig_hear(&r, 1, 0);
	rig_run(&r, USEC_PER_SEC + 609375);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_int_equal(rig_first(&r)->why.reason, WHY_RESIGNED);
}

static void a_lower_priority_is_preempted_when_the_timer_runs_out(void **unused)
{
	(void)unused;
	rig_start(&r, rig_instance());
	for (usec_t s = 1; s <= 3; s++) {
		rig_run(&r, s * USEC_PER_SEC);
		rig_hear(&r, 1, 90);
	}
	rig_run(&r, DOWN_100);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_int_equal(rig_first(&r)->why.reason, WHY_PREEMPT);
	assert_int_equal(rig_first(&r)->why.theirs, 90);
}

static void nopreempt_follows_a_lower_priority(void **unused)
{
	struct instance_conf c = rig_instance();

	(void)unused;
	c.preempt = false;
	rig_start(&r, c);
	for (usec_t s = 1; s <= 30; s++) {
		rig_run(&r, s * USEC_PER_SEC);
		rig_hear(&r, 1, 90);
	}
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	rig_run(&r, 30 * USEC_PER_SEC + DOWN_100);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
}

/* The delay begins with the first lower advert; after it the adverts count no more. */
static void preempt_delay_holds_a_preemption_back_for_just_so_long(void **unused)
{
	struct instance_conf c = rig_instance();
	usec_t s = 1;

	(void)unused;
	c.preempt_delay_us = 10 * USEC_PER_SEC;
	rig_start(&r, c);
	while (s <= 20 && rig_first(&r)->state == VRRP_BACKUP) {
		rig_run(&r, s++ * USEC_PER_SEC);
		rig_hear(&r, 1, 90);
	}
	/* delay over at 11 s; last accepted advert at 10 s or 11 s; then one master-down time */
	assert_in_range(rig_first(&r)->since, 10 * USEC_PER_SEC + DOWN_100,
			11 * USEC_PER_SEC + DOWN_100);
	assert_int_equal(rig_count(&r, "start preempt delay (10 s)"), 1);
}

static void preempt_delay_begins_anew_when_a_better_master_was_there(void **unused)
{
	struct instance_conf c = rig_instance();

	(void)unused;
	c.preempt_delay_us = 10 * USEC_PER_SEC;
	rig_start(&r, c);
	rig_hear(&r, 1, 90);
	rig_run(&r, USEC_PER_SEC);
	rig_hear(&r, 1, 200);
	assert_int_equal(rig_first(&r)->timers[TIMER_PREEMPT], USEC_NEVER);
	rig_run(&r, 2 * USEC_PER_SEC);
	rig_hear(&r, 1, 90);
	assert_int_equal(rig_first(&r)->timers[TIMER_PREEMPT], 12 * USEC_PER_SEC);
}

static void preempt_delay_never_delays_taking_over_from_a_dead_master(void **unused)
{
	struct instance_conf c = rig_instance();

	(void)unused;
	c.preempt_delay_us = 300 * USEC_PER_SEC;
	rig_start(&r, c);
	rig_hear(&r, 1, 90);
	rig_run(&r, DOWN_100);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
}

static void a_master_yields_to_a_higher_priority_and_lets_go_first(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	rig_hear(&r, 1, 101);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	assert_action(0, ACT_ADDR_DEL);
	assert_action(1, ACT_STATE);
	assert_action(2, ACT_NOTIFY);
	assert_int_equal(rig_first(&r)->why.reason, WHY_HIGHER);
	assert_int_equal(node_deadline(&r.node), r.now + DOWN_100);
}

/* Our address is 192.0.2.2. RFC 3768 6.4.3: the greater address keeps the role. */
static void a_tie_goes_to_the_higher_address(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	rig_hear(&r, 1, 100);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	rig_hear(&r, 3, 100);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	assert_int_equal(rig_first(&r)->why.reason, WHY_TIE);
}

static void a_lower_master_is_answered_and_the_caches_are_corrected(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	rig_run(&r, 20 * USEC_PER_SEC);
	rig_clear(&r);
	rig_hear(&r, 1, 90);
	assert_int_equal(rig_count(&r, "adv 100"), 1);
	assert_int_equal(rig_count(&r, "garp 0+1 x5"), 1);
	rig_run(&r, 25 * USEC_PER_SEC);
	assert_int_equal(rig_count(&r, "garp 0+1 x5"), 2);
	rig_hear(&r, 1, 90);
	assert_int_equal(rig_count(&r, "Received advert from 192.0.2.1 with lower priority 90"), 1);
}

static void a_master_answers_a_resignation_with_an_advert(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	rig_hear(&r, 1, 0);
	assert_int_equal(rig_count(&r, "adv 100"), 1);
	assert_int_equal(rig_first(&r)->timers[TIMER_ADVERT], r.now + USEC_PER_SEC);
}

/* An advert of a peer configured as |peer|. */
static void hear_peer(const struct instance_conf *peer, uint8_t host, uint8_t priority,
		      uint32_t sequence)
{
	const struct addr src = addr_v4(0xc0000200u + host);
	struct outgoing o;
	uint8_t mem[256];

	assert_true(outgoing_size(peer) <= sizeof(mem));
	outgoing_init(&o, peer, mem);
	outgoing_seal(&o, peer,
		      &(struct seal){ .src = &src,
				      .sum = VRRP_SUM_PSEUDO,
				      .priority = priority,
				      .crypto = r.conf.crypto,
				      .ah_sequence = sequence });
	rig_step(&r,
		 &(struct event){ .kind = EV_PACKET, .packet = { .datagram = { mem, o.len } } });
	rig_run(&r, r.now);
}

/* Found by the swarm: both take over at once, and count from then on in step. Each would take the
 * other's adverts for replays of its own, and both stay MASTER for ever. */
static void two_masters_that_count_in_step_still_hear_each_other(void **unused)
{
	struct instance_conf c = rig_instance();
	uint32_t sent;

	(void)unused;
	c.auth_type = VRRP_AUTH_AH;
	start_as_master(c);
	sent = rig_first(&r)->ah_sent;
	hear_peer(&c, 3, 100, sent - 1);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_int_equal(rig_first(&r)->stats.dropped[DROP_AUTH_REPLAY], 1);
	hear_peer(&c, 3, 100, sent);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	hear_peer(&c, 3, 100, sent);
	assert_int_equal(rig_first(&r)->stats.dropped[DROP_AUTH_REPLAY], 2);
	rig_run(&r, r.now + DOWN_100);
	assert_int_equal(rig_first(&r)->ah_sent, sent + 1);
}

/* Found by the swarm: an owner that starts again heeds no advert, and nobody would hear it. */
static void an_owner_goes_on_counting_where_the_others_are(void **unused)
{
	struct instance_conf c = rig_instance();

	(void)unused;
	c.auth_type = VRRP_AUTH_AH;
	c.priority = 255;
	rig_start(&r, c);
	hear_peer(&c, 1, 100, 1000);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_int_equal(rig_first(&r)->stats.dropped[DROP_OWNER], 1);
	rig_run(&r, r.now + USEC_PER_SEC);
	assert_int_equal(rig_first(&r)->ah_sent, 1001);
	c.auth_key[0] ^= 1;
	hear_peer(&c, 1, 100, 5000);
	rig_run(&r, r.now + USEC_PER_SEC);
	assert_int_equal(rig_first(&r)->ah_sent, 1002);
}

/* RFC 9568 6.4.1: Startup begins with our own interval, whatever was learned before. */
static void who_comes_back_from_fault_waits_by_its_own_interval(void **unused)
{
	struct instance_conf c = rig_instance(), slow;

	(void)unused;
	c.version = 3;
	slow = c;
	slow.advert_us = 5 * USEC_PER_SEC;
	rig_start(&r, c);
	hear_peer(&slow, 1, 150, 0);
	assert_int_equal(rig_first(&r)->master_advert_us, slow.advert_us);
	rig_link(&r, false);
	rig_link(&r, true);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	assert_int_equal(node_deadline(&r.node), r.now + 3 * c.advert_us + 609375);
}

static void an_owner_is_master_at_once_and_stays(void **unused)
{
	struct instance_conf c = rig_instance();

	(void)unused;
	c.priority = 255;
	rig_start(&r, c);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_int_equal(rig_count(&r, "vip- "), 0);
	rig_hear(&r, 3, 254);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_int_equal(rig_first(&r)->stats.dropped[DROP_OWNER], 1);
}

static void addresses_of_a_dead_predecessor_are_removed_before_anything(void **unused)
{
	(void)unused;
	rig_start(&r, rig_instance());
	assert_int_equal(rig_count(&r, "vip- 0+1"), 1);
	assert_action(0, ACT_ADDR_DEL);
}

/* Found by the swarm: asked to start and to stop before the first deadline was served. */
static void addresses_of_a_dead_predecessor_go_even_if_there_was_no_time_to_start(void **unused)
{
	(void)unused;
	r.instances[0] = rig_instance();
	rig_make(&r, 1);
	rig_step(&r, &(struct event){ .kind = EV_START });
	rig_step(&r, &(struct event){ .kind = EV_STOP });
	rig_run(&r, r.now);
	assert_int_equal(rig_count(&r, "vip- 0+1"), 1);
	assert_true(node_stopped(&r.node));
}

/* Found by the swarm: an owner that is killed and comes back ill kept what it had before. */
static void an_owner_that_starts_ill_leaves_nothing_of_its_predecessor(void **unused)
{
	struct instance_conf c = rig_instance();

	(void)unused;
	c.priority = 255;
	r.instances[0] = c;
	rig_make(&r, 1);
	rig_link(&r, false);
	rig_step(&r, &(struct event){ .kind = EV_START });
	rig_run(&r, r.now);
	assert_int_equal(rig_first(&r)->state, VRRP_FAULT);
	assert_int_equal(rig_count(&r, "vip- 0+1"), 1);
}

static void gratuitous_arp_comes_in_bursts_as_configured(void **unused)
{
	struct instance_conf c = rig_instance();

	(void)unused;
	c.garp.repeat = 2;
	c.garp.delay_us = 4 * USEC_PER_SEC;
	c.garp.refresh_us = 10 * USEC_PER_SEC;
	rig_start(&r, c);
	rig_run(&r, DOWN_100 + 25 * USEC_PER_SEC);
	assert_int_equal(rig_count(&r, "garp 0+1 x2"), 2);
	assert_int_equal(rig_count(&r, "garp 0+1 x1"), 2);
}

/* ---- tracked checks --------------------------------------------------------------------- */

static void start_tracking(int16_t weight, bool reverse)
{
	static struct track_conf track;
	struct instance_conf c = rig_instance();

	track = (struct track_conf){ .weight = weight, .reverse = reverse };
	c.checks = &track;
	c.check_count = 1;
	rig_start(&r, c);
}

static void weights_are_added_as_keepalived_adds_them(void **unused)
{
	static const struct {
		int16_t weight;
		bool reverse;
		uint8_t unknown, up, down;
	} cases[] = { { 20, false, 100, 120, 100 },  { 20, true, 100, 100, 120 },
		      { -20, false, 100, 100, 80 },  { -20, true, 100, 80, 100 },
		      { 253, false, 100, 254, 100 }, { -253, false, 100, 100, 1 } };

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start_tracking(cases[i].weight, cases[i].reverse);
		assert_int_equal(rig_first(&r)->priority, cases[i].unknown);
		rig_check(&r, VERDICT_UP);
		assert_int_equal(rig_first(&r)->priority, cases[i].up);
		rig_check(&r, VERDICT_DOWN);
		assert_int_equal(rig_first(&r)->priority, cases[i].down);
		assert_int_equal(rig_first(&r)->total,
				 100 + (cases[i].down == 100 ? 0
					: cases[i].down == 1 ? -253
							     : cases[i].down - 100));
		if (i + 1 < sizeof(cases) / sizeof(cases[0]))
			rig_done(&r);
	}
}

static void a_new_priority_moves_the_end_of_the_wait_not_its_beginning(void **unused)
{
	(void)unused;
	start_tracking(-20, false);
	rig_run(&r, USEC_PER_SEC);
	rig_hear(&r, 1, 150);
	rig_run(&r, 2 * USEC_PER_SEC);
	rig_check(&r, VERDICT_DOWN);
	assert_int_equal(node_deadline(&r.node),
			 USEC_PER_SEC + 3 * USEC_PER_SEC + vrrp_skew(2, 80, 0));
}

static void a_check_without_weight_is_waited_for_in_silence(void **unused)
{
	(void)unused;
	start_tracking(0, false);
	rig_run(&r, 60 * USEC_PER_SEC);
	assert_int_equal(rig_first(&r)->state, VRRP_INIT);
	assert_int_equal(rig_first(&r)->why.reason, WHY_WAIT);
	assert_int_equal(rig_count(&r, "notify"), 0);
	rig_check(&r, VERDICT_UP);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
}

static void a_failed_check_without_weight_is_a_fault_and_a_resignation(void **unused)
{
	(void)unused;
	start_tracking(0, false);
	rig_check(&r, VERDICT_UP);
	rig_run(&r, 5 * USEC_PER_SEC);
	rig_check(&r, VERDICT_DOWN);
	assert_int_equal(rig_first(&r)->state, VRRP_FAULT);
	assert_action(0, ACT_SEND);
	assert_int_equal(r.out.list[0].send.priority, 0);
	assert_action(1, ACT_ADDR_DEL);
	assert_string_equal(rig_first(&r)->why.name, "db");
	rig_check(&r, VERDICT_UP);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
}

static void the_event_of_a_check_changes_nothing_until_it_is_served(void **unused)
{
	(void)unused;
	start_tracking(0, false);
	rig_step(&r, &(struct event){ .kind = EV_CHECK, .check = { .verdict = VERDICT_UP } });
	assert_int_equal(rig_first(&r)->state, VRRP_INIT);
	assert_int_equal(node_deadline(&r.node), r.now);
}

/* ---- links, kernel, time ---------------------------------------------------------------- */

static void a_dead_link_is_a_fault_without_a_word_on_the_wire(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	rig_link(&r, false);
	assert_int_equal(rig_first(&r)->state, VRRP_FAULT);
	assert_int_equal(rig_count(&r, "adv "), 0);
	assert_int_equal(rig_count(&r, "vip- 0+1"), 1);
	assert_int_equal(rig_count(&r, "interface eth0 is down"), 1);
	rig_link(&r, true);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	assert_int_equal(rig_first(&r)->why.reason, WHY_RECOVERED);
}

static void an_interface_without_an_address_cannot_speak(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	rig_step(&r, &(struct event){ .kind = EV_LINK, .link = { .up = true } });
	rig_run(&r, r.now);
	assert_int_equal(rig_first(&r)->state, VRRP_FAULT);
	assert_int_equal(rig_first(&r)->why.reason, WHY_SOURCE);
}

static void a_refused_address_is_a_fault_and_tried_again(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	rig_result(&r, ACT_ADDR_ADD, 0, E_PERM);
	assert_int_equal(rig_first(&r)->state, VRRP_FAULT);
	assert_int_equal(rig_first(&r)->why.reason, WHY_ADDRESS);
	assert_int_equal(rig_count(&r, "cannot add 192.0.2.100: operation not permitted"), 1);
	rig_run(&r, 10 * USEC_PER_SEC);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
}

static void an_address_that_stays_is_removed_again_until_it_is_gone(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	rig_hear(&r, 1, 150);
	rig_clear(&r);
	rig_result(&r, ACT_ADDR_DEL, 0, E_IO);
	assert_false(node_stopped(&r.node));
	rig_run(&r, r.now + USEC_PER_SEC);
	assert_int_equal(rig_count(&r, "vip- 0+1"), 1);
	rig_result(&r, ACT_ADDR_DEL, 0, E_IO);
	rig_run(&r, r.now + USEC_PER_SEC);
	assert_int_equal(rig_count(&r, "vip- 0+1"), 2);
}

static void a_failed_send_is_said_once_and_counted_always(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	for (int n = 0; n < 5; n++)
		rig_result(&r, ACT_SEND, 0, E_NOBUFS);
	assert_int_equal(rig_first(&r)->stats.send_failed, 5);
	assert_int_equal(rig_count(&r, "cannot send an advertisement: no buffer space"), 1);
}

/* The virtual machine was paused: its peers have a new MASTER by now. */
static void a_removed_address_is_put_back_at_once_and_then_once_a_second(void **unused)
{
	const struct event lost = { .kind = EV_LOST };

	(void)unused;
	start_as_master(rig_instance());
	rig_step(&r, &lost);
	rig_run(&r, r.now);
	assert_int_equal(rig_count(&r, "vip+ 0+1"), 1);
	assert_int_equal(rig_count(&r, "garp 0+1 x1"), 1);
	assert_int_equal(rig_count(&r, "somebody else has removed 192.0.2.100"), 1);
	for (int n = 0; n < 100; n++) { /* ten times a second for ten seconds */
		rig_run(&r, r.now + USEC_PER_SEC / 10);
		rig_step(&r, &lost);
	}
	assert_in_range(rig_count(&r, "vip+ 0+1"), 10, 11);
	assert_int_equal(rig_first(&r)->stats.lost, 101);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
}

static const struct route_conf two_routes[] = {
	{ .text = "10.0.2.0/24 via 192.0.2.1", .line = 7, .link = LINK_NONE },
	{ .text = "from 192.0.2.100/32 table 7", .line = 8, .link = LINK_NONE, .no_track = true },
};

static struct instance_conf with_routes(void)
{
	struct instance_conf c = rig_instance();

	c.routes = two_routes;
	c.route_count = 2;
	return c;
}

static void routes_come_after_the_addresses_and_go_before_them(void **unused)
{
	(void)unused;
	rig_start(&r, with_routes());
	assert_int_equal(rig_count(&r, "\"route- 0+2\",\"vip- 0+1\""), 1); /* of a former life */
	rig_clear(&r);
	rig_run(&r, DOWN_100);
	assert_int_equal(rig_count(&r, "\"adv 100 eth0\",\"vip+ 0+1\",\"route+ 0+2\",\"garp"), 1);
	rig_clear(&r);
	rig_hear(&r, 1, 200);
	assert_int_equal(rig_count(&r, "\"route- 0+2\",\"vip- 0+1\""), 1);
}

static void a_route_the_kernel_refuses_is_a_fault_and_names_its_line(void **unused)
{
	(void)unused;
	start_as_master(with_routes());
	rig_result(&r, ACT_ROUTE_ADD, 0, E_UNREACH);
	rig_run(&r, r.now);
	assert_int_equal(rig_first(&r)->state, VRRP_FAULT);
	assert_int_equal(rig_first(&r)->why.reason, WHY_ROUTE);
	assert_int_equal(rig_count(&r, "cannot add 10.0.2.0/24 via 192.0.2.1 (line 7): no way"), 1);
	rig_run(&r, r.now + 5 * USEC_PER_SEC);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
}

static void a_removed_route_is_put_back_unless_it_is_not_tracked(void **unused)
{
	struct event lost = { .kind = EV_LOST, .lost = { .item = 1, .route = true } };

	(void)unused;
	start_as_master(with_routes());
	rig_clear(&r);
	rig_step(&r, &lost);
	rig_run(&r, r.now);
	assert_string_equal(r.trace, "");
	lost.lost.item = 0;
	rig_step(&r, &lost);
	rig_run(&r, r.now);
	assert_int_equal(rig_count(&r, "\"vip+ 0+1\",\"route+ 0+2\""), 1);
	assert_int_equal(rig_count(&r, "somebody else has removed 10.0.2.0/24 via"), 1);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
}

static void a_backup_that_loses_an_address_does_not_care(void **unused)
{
	(void)unused;
	rig_start(&r, rig_instance());
	rig_clear(&r);
	rig_step(&r, &(struct event){ .kind = EV_LOST });
	rig_run(&r, r.now);
	assert_string_equal(r.trace, "");
}

/* value, weight -> priority from 100, or FAULT */
static void the_number_of_a_tracked_file_is_multiplied(void **unused)
{
	static const struct {
		int32_t value;
		int16_t weight;
		bool reverse;
		int priority; /* 0: FAULT */
	} cases[] = { { 10, 1, false, 110 },          { 10, -2, false, 80 }, { 10, 2, true, 80 },
		      { -300, 1, false, 0 },          { 1, 0, false, 0 },    { 0, 0, false, 100 },
		      { 2000000000, 254, false, 254 } };
	static struct track_conf track;

	(void)unused;
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct instance_conf c = rig_instance();

		if (n > 0)
			rig_done(&r);
		track = (struct track_conf){ .weight = cases[n].weight,
					     .reverse = cases[n].reverse,
					     .scaled = true };
		c.checks = &track;
		c.check_count = 1;
		rig_start(&r, c);
		rig_step(&r, &(struct event){
				     .kind = EV_CHECK,
				     .check = { .verdict = VERDICT_UP, .value = cases[n].value } });
		rig_run(&r, r.now);
		if (cases[n].priority == 0)
			assert_int_equal(rig_first(&r)->state, VRRP_FAULT);
		else
			assert_int_equal(rig_first(&r)->priority, cases[n].priority);
	}
}

static void who_overslept_lets_go_before_it_says_anything(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	r.now += 60 * USEC_PER_SEC;
	rig_step(&r, &(struct event){ .kind = EV_DEADLINE });
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	assert_action(0, ACT_ADDR_DEL);
	assert_int_equal(rig_count(&r, "adv "), 0);
	assert_int_equal(rig_first(&r)->why.reason, WHY_PAUSED);
	assert_int_equal(node_deadline(&r.node), r.now + DOWN_100);
}

static void who_overslept_lets_go_before_it_answers_a_packet(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	r.now += 60 * USEC_PER_SEC;
	rig_hear(&r, 1, 90);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	assert_int_equal(rig_count(&r, "adv "), 0);
	assert_int_equal(rig_count(&r, "vip- "), 1);
}

static void a_little_late_is_not_overslept(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	r.now = rig_first(&r)->last_advert + 3 * USEC_PER_SEC;
	rig_step(&r, &(struct event){ .kind = EV_DEADLINE });
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
}

static void a_master_that_stops_resigns_and_leaves_nothing(void **unused)
{
	(void)unused;
	start_as_master(rig_instance());
	rig_step(&r, &(struct event){ .kind = EV_STOP });
	rig_run(&r, r.now);
	assert_action(0, ACT_SEND);
	assert_int_equal(r.out.list[0].send.priority, 0);
	assert_action(1, ACT_ADDR_DEL);
	assert_int_equal(rig_count(&r, "notify STOP"), 1);
	assert_true(node_stopped(&r.node));
	rig_hear(&r, 1, 90);
	rig_run(&r, 100 * USEC_PER_SEC);
	assert_int_equal(rig_first(&r)->state, VRRP_INIT);
	assert_int_equal(node_deadline(&r.node), USEC_NEVER);
}

/* ---- many, and a new generation --------------------------------------------------------- */

static void make_two(struct instance_conf second)
{
	r.instances[0] = rig_instance();
	r.instances[1] = second;
	rig_make(&r, 2);
}

static void instances_are_told_apart_by_vrid(void **unused)
{
	struct instance_conf second = rig_instance();

	(void)unused;
	second.vrid = 52;
	second.name = "VI_2";
	make_two(second);
	rig_step(&r, &(struct event){ .kind = EV_START });
	rig_run(&r, 3 * USEC_PER_SEC);
	rig_hear(&r, 1, 150);
	rig_run(&r, DOWN_100);
	assert_int_equal(r.node.instances[0].state, VRRP_BACKUP);
	assert_int_equal(r.node.instances[1].state, VRRP_MASTER);
	assert_int_equal(rig_count(&r, "\"in\":\"VI_2\",\"st\":\"BACKUP>MASTER\""), 1);
}

static void two_instances_of_one_vrid_are_refused(void **unused)
{
	struct node_conf conf;
	struct node n;

	(void)unused;
	r.instances[0] = r.instances[1] = rig_instance();
	rig_make(&r, 1);
	conf = r.conf;
	conf.instance_count = 2;
	assert_int_equal(node_init(&n, &conf, &r.arena), E_EXISTS);
}

static void a_foreign_vrid_is_counted_and_touches_nobody(void **unused)
{
	(void)unused;
	rig_start(&r, rig_instance());
	rig_first(&r)->outgoing.first[IP4_HEADER + 1] = 77;
	rig_hear(&r, 1, 150);
	assert_int_equal(r.node.dropped[DROP_VRID], 1);
	assert_int_equal(rig_first(&r)->stats.received, 0);
}

static void an_unchanged_instance_goes_on_as_if_nothing_had_happened(void **unused)
{
	struct instance_conf next_instances[2];
	struct node_conf conf;
	struct node next;
	struct instance *i;

	(void)unused;
	start_as_master(rig_instance());
	next_instances[0] = r.instances[0];
	next_instances[1] = r.instances[0];
	next_instances[1].vrid = 99;
	conf = r.conf;
	conf.instances = next_instances;
	conf.instance_count = 2;
	assert_int_equal(node_init(&next, &conf, &r.arena), 0);
	assert_int_equal(node_inherit(&next, &r.node), 1);
	i = &next.instances[0];
	assert_int_equal(i->state, VRRP_MASTER);
	assert_int_equal(i->stats.became_master, 1);
	assert_int_equal(node_deadline(&next), i->timers[TIMER_ADVERT]);
	assert_true(node_stopped(&r.node));
	rig_step(&r, &(struct event){ .kind = EV_STOP });
	rig_run(&r, r.now);
	assert_string_equal(r.trace, "");
}

static void a_changed_instance_is_not_inherited(void **unused)
{
	struct instance_conf changed = rig_instance();
	struct node_conf conf;
	struct node next;

	(void)unused;
	start_as_master(rig_instance());
	changed.priority = 101;
	conf = r.conf;
	conf.instances = &changed;
	assert_int_equal(node_init(&next, &conf, &r.arena), 0);
	assert_int_equal(node_inherit(&next, &r.node), 0);
	assert_false(node_stopped(&r.node));
}

static void memory_that_cannot_be_had_is_an_error_not_a_crash(void **unused)
{
	struct heap_budget budget = { 0 };
	struct arena arena = heap_arena(&budget);
	struct node n;
	int err = E_NOMEM;

	(void)unused;
	rig_start(&r, rig_instance());
	for (long granted = 0; err == E_NOMEM && granted < 100; granted++) {
		arena_done(&arena);
		budget.left = granted;
		err = node_init(&n, &r.conf, &arena);
		assert_true(err == 0 || err == E_NOMEM);
		assert_true(granted > 0 || err == E_NOMEM);
	}
	assert_int_equal(err, 0);
	arena_done(&arena);
}

#define CASE(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(skew_and_down_time_are_exact_to_the_microsecond),
		CASE(a_backup_takes_over_at_its_deadline_in_the_right_order),
		CASE(a_trace_line_tells_time_event_change_reason_and_actions),
		CASE(the_advertisement_is_the_golden_packet),
		CASE(a_master_advertises_on_a_grid_that_does_not_drift),
		CASE(an_advert_puts_the_takeover_off_by_a_whole_interval),
		CASE(a_resigned_master_is_followed_after_the_skew),
		CASE(a_lower_priority_is_preempted_when_the_timer_runs_out),
		CASE(nopreempt_follows_a_lower_priority),
		CASE(preempt_delay_holds_a_preemption_back_for_just_so_long),
		CASE(preempt_delay_begins_anew_when_a_better_master_was_there),
		CASE(preempt_delay_never_delays_taking_over_from_a_dead_master),
		CASE(a_master_yields_to_a_higher_priority_and_lets_go_first),
		CASE(a_tie_goes_to_the_higher_address),
		CASE(a_lower_master_is_answered_and_the_caches_are_corrected),
		CASE(a_master_answers_a_resignation_with_an_advert),
		CASE(two_masters_that_count_in_step_still_hear_each_other),
		CASE(an_owner_goes_on_counting_where_the_others_are),
		CASE(who_comes_back_from_fault_waits_by_its_own_interval),
		CASE(an_owner_is_master_at_once_and_stays),
		CASE(addresses_of_a_dead_predecessor_are_removed_before_anything),
		CASE(an_owner_that_starts_ill_leaves_nothing_of_its_predecessor),
		CASE(addresses_of_a_dead_predecessor_go_even_if_there_was_no_time_to_start),
		CASE(gratuitous_arp_comes_in_bursts_as_configured),
		CASE(weights_are_added_as_keepalived_adds_them),
		CASE(a_new_priority_moves_the_end_of_the_wait_not_its_beginning),
		CASE(a_check_without_weight_is_waited_for_in_silence),
		CASE(a_failed_check_without_weight_is_a_fault_and_a_resignation),
		CASE(the_event_of_a_check_changes_nothing_until_it_is_served),
		CASE(a_dead_link_is_a_fault_without_a_word_on_the_wire),
		CASE(an_interface_without_an_address_cannot_speak),
		CASE(a_refused_address_is_a_fault_and_tried_again),
		CASE(an_address_that_stays_is_removed_again_until_it_is_gone),
		CASE(a_failed_send_is_said_once_and_counted_always),
		CASE(a_removed_address_is_put_back_at_once_and_then_once_a_second),
		CASE(routes_come_after_the_addresses_and_go_before_them),
		CASE(a_route_the_kernel_refuses_is_a_fault_and_names_its_line),
		CASE(a_removed_route_is_put_back_unless_it_is_not_tracked),
		CASE(a_backup_that_loses_an_address_does_not_care),
		CASE(the_number_of_a_tracked_file_is_multiplied),
		CASE(who_overslept_lets_go_before_it_says_anything),
		CASE(who_overslept_lets_go_before_it_answers_a_packet),
		CASE(a_little_late_is_not_overslept),
		CASE(a_master_that_stops_resigns_and_leaves_nothing),
		CASE(instances_are_told_apart_by_vrid),
		CASE(two_instances_of_one_vrid_are_refused),
		CASE(a_foreign_vrid_is_counted_and_touches_nobody),
		CASE(an_unchanged_instance_goes_on_as_if_nothing_had_happened),
		CASE(a_changed_instance_is_not_inherited),
		CASE(memory_that_cannot_be_had_is_an_error_not_a_crash),
	};

	return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
