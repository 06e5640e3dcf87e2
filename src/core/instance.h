/* core/instance.h - one virtual router: RFC 3768 and RFC 9568 section 6.4 as a table and a
 * function a state.
 *
 * Called by node.c only, one instance a step. An instance knows its own configuration, the state
 * of its link and of what it tracks as node.c tells it, and the time it is given. */
#ifndef CORE_INSTANCE_H
#define CORE_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "core/action.h"
#include "core/advert.h"
#include "core/conf.h"
#include "core/event.h"
#include "core/group.h"
#include "core/receive.h"
#include "core/track.h"
#include "wire/drop.h"
#include "wire/vrrp.h"

/* What an instance waits for; each has its own moment, USEC_NEVER when it waits not. */
enum timer {
	TIMER_REVIEW,  /* something it tracks has changed */
	TIMER_DOWN,    /* Master_Down_Timer, BACKUP */
	TIMER_ADVERT,  /* Adver_Timer, MASTER */
	TIMER_PREEMPT, /* the end of preempt_delay, BACKUP */
	TIMER_GARP,    /* the second burst, MASTER */
	TIMER_HEAL,    /* addresses somebody else has removed, MASTER */
	TIMER_REFRESH, /* garp_master_refresh, MASTER */
	TIMER_RETRY,   /* addresses the kernel refused to add or to remove */
	TIMER_COUNT
};

struct instance_stats {
	uint64_t received, sent;
	uint64_t zero_received, zero_sent; /* priority 0 */
	uint64_t became_master, released_master;
	uint64_t send_failed, announce_failed;
	uint64_t lost; /* addresses and routes removed by somebody else */
	uint64_t dropped[DROP_COUNT];
	uint64_t noticed[DROP_COUNT]; /* version 3: wrong, and acted on all the same */
};

struct instance {
	const struct instance_conf *conf; /* borrowed */
	struct heap_item due;             /* the earliest of |timers| */
	usec_t timers[TIMER_COUNT];
	enum vrrp_state state;
	struct why why;   /* of the last change of state */
	usec_t since;     /* of that change */
	int32_t total;    /* base priority and weights, before clamping */
	uint8_t priority; /* effective: 1..254, or 255 */

	const struct sync_group *group; /* NULL: in none; the node's */
	bool wants;                     /* by its own protocol it should be MASTER */
	bool ill;                       /* by itself, whatever its group is */
	bool started;                   /* EV_START was seen and the instance has left INIT once */
	bool stopped;                   /* resigned for good */
	bool cleaned;                   /* addresses a dead predecessor may have left are gone */
	bool addr_fault;                /* the kernel refused an address; cleared at TIMER_RETRY */
	bool route_fault;               /* the same of a route or a rule */
	bool release;                   /* addresses are to be removed again: the kernel refused */

	usec_t down_base;        /* TIMER_DOWN counts from here */
	usec_t master_advert_us; /* Master_Adver_Interval: version 3 learns it */
	enum vrrp_sum sum;       /* form of the checksum we send; version 3 learns it too */
	uint32_t ah_sequence;    /* the highest heard, or sent less one: less is a replay */
	uint32_t ah_sent;        /* the last sent; all routers share one counter */
	bool down_is_skew;       /* after a resignation it is Skew_Time only */
	struct addr master;      /* whom a BACKUP follows; ADDR_NONE: nobody heard yet */
	uint8_t master_priority;
	struct addr lower; /* a MASTER we are about to preempt; ADDR_NONE: none */
	uint8_t lower_priority;
	bool preempt_ready; /* preempt_delay is over */
	usec_t last_heal;   /* when lost addresses were last put back */
	usec_t last_advert; /* when the last advert was sent */

	uint8_t garp_repeat; /* of the burst TIMER_GARP waits for */

	uint32_t logged; /* bit for each enum drop said since the last accepted packet */
	struct instance_stats stats;

	struct outgoing outgoing; /* adverts as they go out */
};

/* Makes |i| for |conf|; |datagrams| is outgoing_size() bytes that live as long. */
void instance_init(struct instance *, const struct instance_conf *, uint32_t id,
		   uint8_t *datagrams);
/* Serves whatever of |timers| is due at |now|. */
void instance_due(struct instance *, const struct view *, usec_t now, struct actions *out);
/* Acts on an advert that was judged good. */
void instance_hear(struct instance *, const struct view *, usec_t now, const struct addr *src,
		   const struct judgement *, struct actions *out);
/* Counts a packet that was judged bad, and says so once until a good one comes. */
void instance_drop(struct instance *, enum drop, const struct addr *src, struct actions *out);
/* Counts along with an advert that moves nothing, sent with the sequence number |sequence|. */
void instance_count_heard(struct instance *, uint32_t sequence);
/* Learns that somebody else has removed an address or a route: it is put back at once, and once a
 * second where that somebody does not give up. */
void instance_lost(struct instance *, usec_t now, const struct event *, struct actions *out);
/* Learns that an action has failed. */
void instance_result(struct instance *, usec_t now, const struct event *, struct actions *out);
/* True when |now| is later than the peers of a MASTER wait, so that one of them may be MASTER. */
bool instance_overslept(const struct instance *, usec_t now);
/* Lets go first: addresses away, nothing sent, BACKUP. */
void instance_yield(struct instance *, usec_t now, struct actions *out);
/* Sets a timer and keeps |due| right; the caller moves it in its heap. */
void instance_arm(struct instance *, enum timer, usec_t when);

/* Asserts what holds after every step, whatever happened. */
void instance_verify(const struct instance *);

/* Skew_Time in microseconds, rounded down: (256 - priority) / 256 s in version 2 (RFC 3768 6.1),
 * that part of the MASTER's interval in version 3 (RFC 9568 6.1). */
usec_t vrrp_skew(uint8_t version, uint8_t priority, usec_t master_advert_us);
/* Master_Down_Interval of an instance at its effective priority. */
usec_t instance_down_interval(const struct instance *);

#endif
