#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/bfd.h"

static const struct bfd_conf conf = {
	.name = "B", .min_rx_us = 50000, .min_tx_us = 50000, .idle_tx_us = 1000000, .multiplier = 3
};

struct pair {
	struct bfd a, b;
	usec_t now;
	bool cut; /* what |a| says is lost */
};

static void deliver(struct pair *p, struct bfd *from, struct bfd_packet packet)
{
	struct bfd *to = from == &p->a ? &p->b : &p->a;
	uint8_t wire[BFD_PACKET];
	struct bfd_packet heard, reply;

	if (p->cut && from == &p->a)
		return;
	bfd_encode(wire, &packet);
	assert_true(bfd_decode((struct bytes){ wire, sizeof(wire) }, &heard));
	if (bfd_hear(to, p->now, &heard, 255, &reply))
		deliver(p, to, reply);
}

static void run(struct pair *p, usec_t until)
{
	struct bfd_packet packet;

	for (;;) {
		struct bfd *next = p->a.due.when <= p->b.due.when ? &p->a : &p->b;

		if (next->due.when > until)
			break;
		p->now = next->due.when;
		if (bfd_due(next, p->now, &packet))
			deliver(p, next, packet);
	}
	p->now = until;
}

static struct pair start(void)
{
	struct pair p = { .now = 0 };

	bfd_init(&p.a, &conf, 0, 1, 0);
	bfd_init(&p.b, &conf, 1, 2, 0);
	return p;
}

static void two_that_hear_each_other_come_up_and_go_fast(void **unused)
{
	struct pair p = start();
	uint64_t sent;

	(void)unused;
	run(&p, 3 * USEC_PER_SEC);
	assert_int_equal(p.a.state, BFD_UP);
	assert_int_equal(p.b.state, BFD_UP);
	assert_false(p.a.polling);
	sent = p.a.sent;
	run(&p, 4 * USEC_PER_SEC);
	assert_in_range(p.a.sent - sent, 20, 28); /* 50 ms less 0 to 25 % */
}

/* Three intervals of 50 ms without a word; the diagnosis says which side noticed. */
static void silence_is_noticed_within_the_detection_time(void **unused)
{
	struct pair p = start();

	(void)unused;
	run(&p, 3 * USEC_PER_SEC);
	p.cut = true;
	run(&p, 3 * USEC_PER_SEC + 151000);
	assert_int_equal(p.b.state, BFD_DOWN);
	assert_int_equal(p.b.diag, BFD_DIAG_EXPIRED);
	run(&p, 5 * USEC_PER_SEC);
	assert_int_equal(p.a.state, BFD_INIT); /* it hears Down and says so in vain */
	p.cut = false;
	run(&p, 10 * USEC_PER_SEC);
	assert_int_equal(p.a.state, BFD_UP);
	assert_int_equal(p.b.state, BFD_UP);
}

static void a_passive_session_waits_to_be_spoken_to(void **unused)
{
	struct bfd_conf passive = conf;
	struct bfd b;

	(void)unused;
	passive.passive = true;
	bfd_init(&b, &passive, 0, 7, 0);
	assert_int_equal(b.due.when, USEC_NEVER);
}

static void a_packet_from_further_away_is_discarded(void **unused)
{
	struct bfd_packet heard = { .state = BFD_DOWN, .multiplier = 3, .mine = 9 }, reply;
	struct bfd_conf multi = conf;
	struct bfd b;

	(void)unused;
	bfd_init(&b, &conf, 0, 7, 0);
	assert_false(bfd_hear(&b, 0, &heard, 254, &reply));
	assert_int_equal(b.discarded, 1);
	multi.multihop = true;
	multi.max_hops = 4;
	bfd_init(&b, &multi, 0, 7, 0);
	assert_true(bfd_hear(&b, 0, &heard, 251, &reply));
	assert_int_equal(reply.state, BFD_INIT);
	assert_false(bfd_hear(&b, 0, &heard, 250, &reply));
}

static void a_poll_is_answered_with_final_at_once(void **unused)
{
	struct bfd_packet heard = { .state = BFD_DOWN, .multiplier = 3, .mine = 9, .poll = true };
	struct bfd_packet reply;
	struct bfd b;

	(void)unused;
	bfd_init(&b, &conf, 0, 7, 0);
	assert_true(bfd_hear(&b, 0, &heard, 255, &reply));
	assert_true(reply.final);
	assert_false(reply.poll);
}

static void what_the_rfc_discards_is_not_decoded(void **unused)
{
	struct bfd_packet p = { .state = BFD_UP, .multiplier = 3, .mine = 1, .yours = 2 }, ret;
	uint8_t good[BFD_PACKET], bad[BFD_PACKET];

	(void)unused;
	bfd_encode(good, &p);
	assert_true(bfd_decode((struct bytes){ good, BFD_PACKET }, &ret));
	for (size_t len = 0; len < BFD_PACKET; len++)
		assert_false(bfd_decode((struct bytes){ good, len }, &ret));
#define REFUSED(offset, value)                                                                     \
	do {                                                                                       \
		memcpy(bad, good, BFD_PACKET);                                                     \
		bad[offset] = (value);                                                             \
		assert_false(bfd_decode((struct bytes){ bad, BFD_PACKET }, &ret));                 \
	} while (0)
	REFUSED(0, 0x40); /* version 2 */
	REFUSED(1, 0xc4); /* authentication */
	REFUSED(1, 0xc1); /* multipoint */
	REFUSED(2, 0);    /* multiplier */
	REFUSED(3, 23);   /* length */
	REFUSED(3, 25);
	REFUSED(7, 0);  /* my discriminator */
	REFUSED(11, 0); /* your discriminator, while Up */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_that_hear_each_other_come_up_and_go_fast),
		cmocka_unit_test(silence_is_noticed_within_the_detection_time),
		cmocka_unit_test(a_passive_session_waits_to_be_spoken_to),
		cmocka_unit_test(a_packet_from_further_away_is_discarded),
		cmocka_unit_test(a_poll_is_answered_with_final_at_once),
		cmocka_unit_test(what_the_rfc_discards_is_not_decoded),
	};

	return cmocka_run_group_tests_name("bfd", tests, NULL, NULL);
}
