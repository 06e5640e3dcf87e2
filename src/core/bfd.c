#include "core/bfd.h"

#include <assert.h>

enum { SLOW_US = 1000000, JITTER_PERCENT = 25 };

static void arm(struct bfd *b)
{
	b->due.when = usec_min(b->send_at, b->expire_at);
}

void bfd_init(struct bfd *b, const struct bfd_conf *conf, uint32_t id, uint32_t mine, usec_t now)
{
	assert(mine != 0 && conf->multiplier > 0);
	*b = (struct bfd){
		.conf = conf,
		.due = { .id = id },
		.send_at = conf->passive ? USEC_NEVER : now,
		.expire_at = USEC_NEVER,
		.random = { mine },
		.state = BFD_DOWN,
		.tx_us = usec_max(conf->idle_tx_us, SLOW_US),
		.mine = mine,
		.their_multiplier = 1,
		.since = now,
	};
	arm(b);
}

static struct bfd_packet compose(struct bfd *b, bool final)
{
	b->sent++;
	return (struct bfd_packet){
		.diag = b->diag,
		.state = (uint8_t)b->state,
		.poll = b->polling && !final,
		.final = final,
		.multiplier = b->conf->multiplier,
		.mine = b->mine,
		.yours = b->yours,
		.min_tx_us = b->tx_us,
		.min_rx_us = b->conf->min_rx_us,
	};
}

/* RFC 5880 6.8.7: the interval less 0 to 25 %, less at least 10 % with a multiplier of 1. A
 * neighbour that wants nothing (0) gets nothing. */
static void schedule_send(struct bfd *b, usec_t now)
{
	usec_t interval = usec_max(b->tx_us, b->their_rx_us);
	uint64_t least = b->conf->multiplier == 1 ? 10 : 0;
	uint64_t off = least + prng_below(&b->random, JITTER_PERCENT - least + 1);

	b->send_at = now + interval - interval * off / 100;
	if (b->their_rx_us == 0 && b->yours != 0)
		b->send_at = USEC_NEVER;
	if (b->conf->passive && b->yours == 0)
		b->send_at = USEC_NEVER;
	arm(b);
}

/* RFC 5880 6.8.4: the neighbour's multiplier times the slower of its promise and our wish. */
static usec_t detection_time(const struct bfd *b)
{
	return b->their_multiplier * usec_max(b->conf->min_rx_us, b->their_tx_us);
}

/* Fast only while up; a change of what we promise is polled for (6.8.3). */
static void set_state(struct bfd *b, usec_t now, enum bfd_state state, uint8_t diag)
{
	usec_t tx = state == BFD_UP ? b->conf->min_tx_us : usec_max(b->conf->idle_tx_us, SLOW_US);

	if (state == b->state)
		return;
	b->state = state;
	b->diag = diag;
	b->since = now;
	b->polling = tx != b->tx_us && state == BFD_UP;
	b->tx_us = tx;
}

/* RFC 5880 6.8.6, the state machine. */
static void move(struct bfd *b, usec_t now, enum bfd_state theirs)
{
	if (theirs == BFD_ADMIN_DOWN) {
		if (b->state != BFD_DOWN)
			set_state(b, now, BFD_DOWN, BFD_DIAG_NEIGHBOUR_DOWN);
		return;
	}
	if (b->state == BFD_DOWN && theirs == BFD_DOWN)
		set_state(b, now, BFD_INIT, BFD_DIAG_NONE);
	else if (b->state == BFD_DOWN && theirs == BFD_INIT)
		set_state(b, now, BFD_UP, BFD_DIAG_NONE);
	else if (b->state == BFD_INIT && (theirs == BFD_INIT || theirs == BFD_UP))
		set_state(b, now, BFD_UP, BFD_DIAG_NONE);
	else if (b->state == BFD_UP && theirs == BFD_DOWN)
		set_state(b, now, BFD_DOWN, BFD_DIAG_NEIGHBOUR_DOWN);
}

/* RFC 5881 5: single hop must arrive with 255; RFC 5883: what the operator permits. */
static bool acceptable(const struct bfd *b, const struct bfd_packet *p, uint8_t ttl)
{
	uint8_t least = b->conf->multihop ? (uint8_t)(255 - b->conf->max_hops) : 255;

	return ttl >= least && (p->yours == 0 || p->yours == b->mine);
}

bool bfd_hear(struct bfd *b, usec_t now, const struct bfd_packet *p, uint8_t ttl,
	      struct bfd_packet *reply)
{
	enum bfd_state before = b->state;

	if (!acceptable(b, p, ttl)) {
		b->discarded++;
		return false;
	}
	b->received++;
	b->yours = p->mine;
	b->their_state = p->state;
	b->their_multiplier = p->multiplier;
	b->their_tx_us = p->min_tx_us;
	b->their_rx_us = p->min_rx_us;
	if (p->final)
		b->polling = false;
	move(b, now, (enum bfd_state)p->state);
	b->expire_at = now + detection_time(b);
	arm(b);
	if (b->send_at == USEC_NEVER || b->state != before)
		schedule_send(b, now);
	if (!p->poll && b->state == before)
		return false;
	*reply = compose(b, p->poll);
	return true;
}

bool bfd_due(struct bfd *b, usec_t now, struct bfd_packet *packet)
{
	if (b->expire_at <= now) {
		b->expire_at = USEC_NEVER;
		if (b->state == BFD_INIT || b->state == BFD_UP)
			set_state(b, now, BFD_DOWN, BFD_DIAG_EXPIRED);
		b->yours = 0; /* 6.8.1: what is not heard is not known */
		b->their_rx_us = 0;
		arm(b);
	}
	if (b->send_at > now) {
		if (b->send_at == USEC_NEVER)
			schedule_send(b, now);
		return false;
	}
	*packet = compose(b, false);
	schedule_send(b, now);
	return true;
}
