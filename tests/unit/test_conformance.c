/* Rows of tests/conformance.tsv that neither a golden packet nor another test proves: what a node
 * does with adverts of its own making, and with what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "rig.h"
#include "wire/ah.h"
#include "wire/cksum.h"
#include "wire/ip.h"

enum { HOST = 1, ROOM = 2048 };

static struct rig r;

/* How an advert differs from what the receiver would send itself. */
struct sender {
	uint8_t host, priority;
	uint32_t sequence;
	enum vrrp_sum sum;
};

/* Writes an advert of an instance configured as |c| into |p| and returns its length. */
static size_t make(const struct instance_conf *c, const struct sender *s, uint8_t p[ROOM])
{
	struct addr src = addr_v4(0xc0000200u + s->host);
	struct outgoing o;

	if (c->family == ADDR_V6) {
		src = rig_linklocal;
		src.b[15] = s->host;
	}
	assert_true(outgoing_size(c) <= ROOM);
	outgoing_init(&o, c, p);
	outgoing_seal(&o, c,
		      &(struct seal){ .src = &src,
				      .crypto = &rig_crypto,
				      .sum = s->sum,
				      .ah_sequence = s->sequence,
				      .priority = s->priority });
	return o.len;
}

static void hear_bytes(const uint8_t *p, size_t len)
{
	rig_step(&r, &(struct event){ .kind = EV_PACKET, .packet = { .datagram = { p, len } } });
	rig_run(&r, r.now);
}

static void hear(struct instance_conf c, const struct sender *s)
{
	uint8_t p[ROOM];

	hear_bytes(p, make(&c, s, p));
}

static struct instance_conf v3(void)
{
	struct instance_conf c = rig_instance();

	c.version = 3;
	return c;
}

static struct instance_conf with_ah(void)
{
	struct instance_conf c = rig_instance();

	c.auth_type = VRRP_AUTH_AH;
	memcpy(c.auth_key, "ahkey123", 8);
	return c;
}

/* The sequence number of the advert sent last. */
static uint32_t sent_sequence(void)
{
	return get_be32(rig_first(&r)->outgoing.first + IP4_HEADER + 8);
}

/* ---- authentication --------------------------------------------------------------------- */

static void the_key_of_an_authentication_header_is_never_sent(void **unused)
{
	struct instance_conf c = with_ah();
	uint8_t p[ROOM];
	size_t len = make(&c, &(struct sender){ HOST, 150, 1 }, p);

	(void)unused;
	for (size_t i = 0; i + 8 <= len; i++)
		assert_memory_not_equal(p + i, "ahkey123", 8);
	for (size_t i = len - 8; i < len; i++)
		assert_int_equal(p[i], 0);
}

static void every_byte_of_a_password_counts(void **unused)
{
	struct instance_conf c = rig_instance();

	(void)unused;
	c.auth_type = VRRP_AUTH_PASS;
	memcpy(c.auth_key, "12345678", 8);
	rig_start(&r, c);
	for (unsigned i = 0; i < 8; i++) {
		struct instance_conf other = c;

		other.auth_key[i] ^= 1;
		hear(other, &(struct sender){ HOST, 150 });
		assert_int_equal(rig_first(&r)->stats.dropped[DROP_AUTH_FAILURE], i + 1);
	}
	hear(c, &(struct sender){ HOST, 150 });
	assert_int_equal(rig_first(&r)->stats.received, 1);
	rig_done(&r);
}

static void who_takes_over_goes_on_counting(void **unused)
{
	(void)unused;
	rig_start(&r, with_ah());
	hear(with_ah(), &(struct sender){ HOST, 150, 4 });
	rig_run(&r, 3700000);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_int_equal(sent_sequence(), 5);
	rig_done(&r);
}

static void a_lower_advert_is_answered_above_its_number(void **unused)
{
	(void)unused;
	rig_start(&r, with_ah());
	rig_run(&r, 4000000);
	hear(with_ah(), &(struct sender){ HOST, 50, 50 });
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_true(sent_sequence() > 50);
	rig_done(&r);
}

static void a_number_counts_only_once_its_digest_is_right(void **unused)
{
	struct instance_conf other = with_ah();

	(void)unused;
	other.auth_key[0] ^= 1;
	rig_start(&r, with_ah());
	hear(other, &(struct sender){ HOST, 150, 1000 });
	assert_int_equal(rig_first(&r)->stats.dropped[DROP_AUTH_FAILURE], 1);
	hear(with_ah(), &(struct sender){ HOST, 150, 1 });
	assert_int_equal(rig_first(&r)->stats.received, 1);
	hear(with_ah(), &(struct sender){ HOST, 150, 1 });
	assert_int_equal(rig_first(&r)->stats.dropped[DROP_AUTH_REPLAY], 1);
	rig_done(&r);
}

static void numbers_never_wrap(void **unused)
{
	(void)unused;
	rig_start(&r, with_ah());
	hear(with_ah(), &(struct sender){ HOST, 150, AH_SEQUENCE_LAST - 1 });
	rig_run(&r, 3700000);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_int_equal(sent_sequence(), AH_SEQUENCE_LAST);
	rig_run(&r, 5000000);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	assert_int_equal(rig_first(&r)->ah_sequence, 0);
	rig_done(&r);
}

/* ---- checksums -------------------------------------------------------------------------- */

static void every_priority_leaves_with_a_right_checksum(void **unused)
{
	struct instance_conf confs[] = { rig_instance(), v3() };
	uint8_t p[ROOM];

	(void)unused;
	for (size_t n = 0; n < 2; n++)
		for (unsigned priority = 0; priority < 256; priority++) {
			size_t len = make(
				&confs[n],
				&(struct sender){ HOST, (uint8_t)priority, .sum = VRRP_SUM_PLAIN },
				p);

			assert_int_equal(p[IP4_HEADER + 2], priority);
			assert_int_equal(
				inet_cksum((struct bytes){ p + IP4_HEADER, len - IP4_HEADER }), 0);
		}
}

static void the_form_of_the_checksum_that_was_heard_is_answered(void **unused)
{
	static const enum vrrp_sum forms[] = { VRRP_SUM_PLAIN, VRRP_SUM_PSEUDO };

	(void)unused;
	for (size_t n = 0; n < 2; n++) {
		struct instance_conf c = v3();

		c.sum = (uint8_t)forms[1 - n];
		rig_start(&r, c);
		hear(c, &(struct sender){ HOST, 150, .sum = forms[n] });
		assert_int_equal(rig_first(&r)->stats.received, 1);
		assert_int_equal(rig_first(&r)->sum, forms[n]);
		rig_done(&r);
	}
}

/* ---- what is no advert ------------------------------------------------------------------ */

static void one_version_and_one_type_are_accepted(void **unused)
{
	struct instance_conf confs[] = { rig_instance(), v3() };

	(void)unused;
	for (size_t n = 0; n < 2; n++) {
		rig_start(&r, confs[n]);
		for (unsigned first = 0; first < 256; first++) {
			uint8_t p[ROOM], *m = p + IP4_HEADER;
			size_t len = make(&confs[n],
					  &(struct sender){ HOST, 150, .sum = VRRP_SUM_PLAIN }, p);

			m[0] = (uint8_t)first;
			put_be16(m + 6, 0);
			put_be16(m + 6, inet_cksum((struct bytes){ m, len - IP4_HEADER }));
			hear_bytes(p, len);
		}
		assert_int_equal(rig_first(&r)->stats.received, 1);
		assert_int_equal(rig_first(&r)->stats.dropped[DROP_VERSION], 240);
		assert_int_equal(rig_first(&r)->stats.dropped[DROP_TYPE], 15);
		rig_done(&r);
	}
}

/* An advert cut at |len|, in memory of its own so that a read beyond it is found; the length in the
 * IP header is made to fit when |fitting|. */
static void hear_cut(const uint8_t *p, size_t len, bool fitting)
{
	uint8_t *cut = malloc(len > 0 ? len : 1);

	memcpy(cut, p, len);
	if (fitting && len >= IP4_HEADER) {
		put_be16(cut + 2, (uint16_t)len);
		put_be16(cut + 10, 0);
		put_be16(cut + 10, inet_cksum((struct bytes){ cut, IP4_HEADER }));
	}
	hear_bytes(cut, len);
	free(cut);
}

static void an_advert_cut_anywhere_is_none(void **unused)
{
	struct instance_conf confs[] = { rig_instance(), v3(), with_ah() };

	(void)unused;
	for (size_t n = 0; n < 3; n++) {
		uint8_t p[ROOM];
		size_t len = make(&confs[n], &(struct sender){ HOST, 150, 9 }, p);
		usec_t due;

		rig_start(&r, confs[n]);
		due = rig_first(&r)->timers[TIMER_DOWN];
		for (size_t cut = 0; cut < len; cut++) {
			hear_cut(p, cut, false);
			hear_cut(p, cut, true);
		}
		assert_int_equal(rig_first(&r)->stats.received, 0);
		assert_int_equal(rig_first(&r)->timers[TIMER_DOWN], due);
		hear_cut(p, len, true);
		assert_int_equal(rig_first(&r)->stats.received, 1);
		rig_done(&r);
	}
}

static void random_bytes_change_nothing(void **unused)
{
	struct prng random = { .state = 42 };
	static uint8_t p[9000];
	usec_t due;

	(void)unused;
	rig_start(&r, rig_instance());
	due = rig_first(&r)->timers[TIMER_DOWN];
	for (unsigned n = 0; n < 20000; n++) {
		size_t len = (size_t)prng_below(&random, n % 16 == 0 ? sizeof(p) : 64);

		for (size_t i = 0; i < len; i++)
			p[i] = (uint8_t)prng_next(&random);
		if (len > 0 && n % 2 == 0)
			p[0] = 0x45;
		hear_bytes(p, len);
	}
	assert_int_equal(rig_first(&r)->stats.received, 0);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	assert_int_equal(rig_first(&r)->timers[TIMER_DOWN], due);
	rig_done(&r);
}

static void a_thousand_bad_packets_are_counted_and_said_once(void **unused)
{
	struct instance_conf c = rig_instance();
	uint8_t p[ROOM];
	size_t len = make(&c, &(struct sender){ HOST, 150 }, p);

	(void)unused;
	rig_start(&r, c);
	rig_clear(&r);
	p[8] = 64;
	put_be16(p + 10, 0);
	put_be16(p + 10, inet_cksum((struct bytes){ p, IP4_HEADER }));
	for (unsigned n = 0; n < 1000; n++)
		hear_bytes(p, len);
	assert_int_equal(rig_first(&r)->stats.dropped[DROP_TTL], 1000);
	assert_int_equal(rig_count(&r, "\"log "), 1);
	rig_done(&r);
}

/* ---- time ------------------------------------------------------------------------------- */

static usec_t takeover_alone(struct instance_conf c)
{
	usec_t due;

	rig_start(&r, c);
	due = rig_first(&r)->timers[TIMER_DOWN];
	rig_run(&r, due - 1);
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	rig_run(&r, due);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	rig_done(&r);
	return due;
}

static void the_skew_is_of_a_second_in_version_2_and_of_the_interval_in_version_3(void **unused)
{
	struct instance_conf two = rig_instance(), three = v3();

	(void)unused;
	two.advert_us = 10000000;
	three.advert_us = 100000;
	assert_int_equal(takeover_alone(two), 30609375);
	assert_int_equal(takeover_alone(three), 360937);
	assert_int_equal(takeover_alone(v3()), 3609375);
}

static void version_3_learns_the_interval_and_sends_at_its_own(void **unused)
{
	struct instance_conf fast = v3();

	(void)unused;
	fast.advert_us = 100000;
	rig_start(&r, v3());
	hear(fast, &(struct sender){ HOST, 150 });
	assert_int_equal(rig_first(&r)->timers[TIMER_DOWN], 360937);
	rig_run(&r, 360937);
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_int_equal(rig_first(&r)->timers[TIMER_ADVERT], 360937 + 1000000);
	hear(fast, &(struct sender){ HOST, 150 }); /* a MASTER that yields learns it too */
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	assert_int_equal(rig_first(&r)->timers[TIMER_DOWN], r.now + 360937);
	rig_done(&r);
}

static void the_finest_skew_decides(void **unused)
{
	struct instance_conf high = v3(), low = v3();

	(void)unused;
	high.advert_us = low.advert_us = 10000;
	high.priority = 254;
	low.priority = 253;
	assert_int_equal(takeover_alone(high), 30078);
	assert_int_equal(takeover_alone(low), 30117);
}

/* ---- state ------------------------------------------------------------------------------ */

static void a_master_that_may_not_preempt_yields_all_the_same(void **unused)
{
	struct instance_conf c = rig_instance();

	(void)unused;
	c.preempt = false;
	rig_start(&r, c);
	rig_run(&r, 4000000);
	hear(c, &(struct sender){ HOST, 150 });
	assert_int_equal(rig_first(&r)->state, VRRP_BACKUP);
	rig_done(&r);
}

static void our_own_source_changes_nothing(void **unused)
{
	struct instance_conf c = rig_instance();

	(void)unused;
	rig_start(&r, c);
	rig_run(&r, 4000000);
	hear(c, &(struct sender){ 2, 255 });
	assert_int_equal(rig_first(&r)->state, VRRP_MASTER);
	assert_int_equal(rig_first(&r)->stats.dropped[DROP_OWN_SOURCE], 1);
	rig_done(&r);
}

static void one_number_in_two_families_is_two_routers(void **unused)
{
	static const struct vip_conf six = { .addr = { ADDR_V6, { 0xfe, 0x80, [15] = 9 } },
					     .prefix = 64 };
	usec_t due;

	(void)unused;
	r.instances[0] = r.instances[1] = v3();
	r.instances[1].name = "VI6";
	r.instances[1].family = ADDR_V6;
	r.instances[1].group = vrrp_group6;
	r.instances[1].vips = &six;
	rig_make(&r, 2);
	rig_step(&r, &(struct event){ .kind = EV_START });
	rig_run(&r, 0);
	due = r.node.instances[1].timers[TIMER_DOWN];
	hear(v3(), &(struct sender){ HOST, 0 });
	assert_int_equal(r.node.instances[0].stats.zero_received, 1);
	assert_true(r.node.instances[0].timers[TIMER_DOWN] < due);
	assert_int_equal(r.node.instances[1].timers[TIMER_DOWN], due);
	hear(r.instances[1], &(struct sender){ HOST, 150 });
	assert_int_equal(r.node.instances[1].stats.received, 1);
	assert_int_equal(r.node.instances[0].stats.received, 1);
	rig_done(&r);
}

static void a_packet_before_the_start_has_no_effect(void **unused)
{
	(void)unused;
	r.instances[0] = rig_instance();
	rig_make(&r, 1);
	hear(rig_instance(), &(struct sender){ HOST, 150 });
	assert_int_equal(rig_first(&r)->state, VRRP_INIT);
	assert_int_equal(rig_first(&r)->timers[TIMER_DOWN], USEC_NEVER);
	rig_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_of_an_authentication_header_is_never_sent),
		cmocka_unit_test(every_byte_of_a_password_counts),
		cmocka_unit_test(who_takes_over_goes_on_counting),
		cmocka_unit_test(a_lower_advert_is_answered_above_its_number),
		cmocka_unit_test(a_number_counts_only_once_its_digest_is_right),
		cmocka_unit_test(numbers_never_wrap),
		cmocka_unit_test(every_priority_leaves_with_a_right_checksum),
		cmocka_unit_test(the_form_of_the_checksum_that_was_heard_is_answered),
		cmocka_unit_test(one_version_and_one_type_are_accepted),
		cmocka_unit_test(an_advert_cut_anywhere_is_none),
		cmocka_unit_test(random_bytes_change_nothing),
		cmocka_unit_test(a_thousand_bad_packets_are_counted_and_said_once),
		cmocka_unit_test(
			the_skew_is_of_a_second_in_version_2_and_of_the_interval_in_version_3),
		cmocka_unit_test(version_3_learns_the_interval_and_sends_at_its_own),
		cmocka_unit_test(the_finest_skew_decides),
		cmocka_unit_test(a_master_that_may_not_preempt_yields_all_the_same),
		cmocka_unit_test(our_own_source_changes_nothing),
		cmocka_unit_test(one_number_in_two_families_is_two_routers),
		cmocka_unit_test(a_packet_before_the_start_has_no_effect),
	};

	return cmocka_run_group_tests_name("conformance", tests, NULL, NULL);
}
