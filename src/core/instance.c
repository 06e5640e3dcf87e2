/* RFC 9568 6.4 (RFC 3768 6.4 for version 2), one function a state, and the moves between them. What
 *moves an instance:
 *
 *	             +--------------+  started, well
 *	   stop      |     INIT     |----------------+
 *	+----------->|              |                |
 *	|            +--------------+                v
 *	|   ill: link, check, |            +------------------+
 *	|   address           v     well   |      BACKUP      |<--+
 *	|            +--------------+----->|                  |   | higher, tie,
 *	|            |    FAULT     |<-----+------------------+   | overslept
 *	|            +--------------+ ill            |            |
 *	|                     ^              silence, resigned,   |
 *	|                     |               preempt             |
 *	|                     | ill                  v            |
 *	|                     +------------+------------------+   |
 *	+----------------------------------|      MASTER      |---+
 *	                                   +------------------+
 */
#include "core/instance.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"

enum {
	RETRY_US = 5000000,         /* FAULT for an address: how long before it is tried again */
	RELEASE_RETRY_US = 1000000, /* an address that could not be removed */
	HEAL_PAUSE_US = 1000000,    /* least time between two restorations */
	FAILURES_PER_LOG = 60,
};

/* Bits of |logged| beside those of enum drop. */
enum { LOGGED_LOWER = 31 };

/* ---- actions ---------------------------------------------------------------------------- */

static struct action *act(struct instance *i, struct actions *out, enum action_kind kind)
{
	struct action *a = &out->list[out->count++];

	assert(out->count <= ACTIONS_MAX);
	*a = (struct action){ .kind = kind, .instance = i->due.id };
	return a;
}

static void say(struct instance *i, struct actions *out, enum msg_id id, struct msg_arg x,
		struct msg_arg y, struct msg_arg z)
{
	act(i, out, ACT_LOG)->log = (struct msg){ id, { MSG_S(i->conf->name), x, y, z } };
}

static const struct msg_arg NOTHING = { .kind = MSG_ARG_NONE };

static void all_addresses(struct instance *i, struct actions *out, enum action_kind kind,
			  uint8_t repeat)
{
	struct action *a;

	if (i->conf->vip_count == 0)
		return;
	a = act(i, out, kind);
	a->addrs.count = i->conf->vip_count;
	a->addrs.repeat = repeat;
}

static uint32_t next_sequence(const struct instance *i)
{
	return (i->ah_sent > i->ah_sequence ? i->ah_sent : i->ah_sequence) + 1;
}

/* Two MASTERs may count in step for ever, each taking the other's advert for a replay of its own;
 * so the number just sent is still good from somebody else, once. */
static void count_sent(struct instance *i)
{
	i->ah_sent = next_sequence(i);
	i->ah_sequence = i->ah_sent - 1;
}

static void all_routes(struct instance *i, struct actions *out, enum action_kind kind)
{
	if (i->conf->route_count > 0)
		act(i, out, kind)->addrs.count = i->conf->route_count;
}

/* Addresses first: routes may need them. */
static void take_all(struct instance *i, struct actions *out)
{
	all_addresses(i, out, ACT_ADDR_ADD, 0);
	all_routes(i, out, ACT_ROUTE_ADD);
}

static void remove_all(struct instance *i, struct actions *out)
{
	all_routes(i, out, ACT_ROUTE_DEL);
	all_addresses(i, out, ACT_ADDR_DEL, 0);
}

static void send_advert(struct instance *i, const struct view *view, usec_t now, uint8_t priority,
			struct actions *out)
{
	struct action *a = act(i, out, ACT_SEND);
	struct seal seal = { .src = view_source(view, i->conf),
			     .crypto = view->conf->crypto,
			     .sum = i->sum,
			     .ah_sequence = next_sequence(i),
			     .priority = priority };

	count_sent(i);
	outgoing_seal(&i->outgoing, i->conf, &seal);
	a->send.datagram = (struct bytes){ i->outgoing.first, i->outgoing.len };
	a->send.count = i->outgoing.count;
	a->send.stride = i->outgoing.stride;
	a->send.link = i->conf->link;
	a->send.priority = priority;
	i->last_advert = now;
	i->stats.sent++;
	if (priority == VRRP_PRIORITY_STOP)
		i->stats.zero_sent++;
}

/* ---- timers ----------------------------------------------------------------------------- */

void instance_arm(struct instance *i, enum timer t, usec_t when)
{
	usec_t first = USEC_NEVER;

	i->timers[t] = when;
	for (int n = 0; n < TIMER_COUNT; n++)
		first = usec_min(first, i->timers[n]);
	i->due.when = first;
}

/* Stops the timers that belong to a state. */
static void disarm_all(struct instance *i)
{
	static const enum timer of_states[] = { TIMER_DOWN, TIMER_ADVERT, TIMER_PREEMPT,
						TIMER_GARP, TIMER_HEAL,   TIMER_REFRESH };

	for (size_t n = 0; n < sizeof(of_states) / sizeof(of_states[0]); n++)
		instance_arm(i, of_states[n], USEC_NEVER);
}

usec_t vrrp_skew(uint8_t version, uint8_t priority, usec_t master_advert_us)
{
	usec_t whole = version == 2 ? USEC_PER_SEC : master_advert_us;

	return (256 - (usec_t)priority) * whole / 256;
}

static usec_t skew(const struct instance *i)
{
	return vrrp_skew(i->conf->version, i->priority, i->master_advert_us);
}

usec_t instance_down_interval(const struct instance *i)
{
	return i->conf->down_adverts * i->master_advert_us + skew(i);
}

/* Master_Down_Timer counts from |down_base|, so a change of priority moves its end only. */
static void arm_down(struct instance *i)
{
	usec_t wait = i->down_is_skew ? skew(i) : instance_down_interval(i);

	instance_arm(i, TIMER_DOWN, i->down_base + wait);
}

static void restart_down(struct instance *i, usec_t now, bool skew_only)
{
	i->down_base = now;
	i->down_is_skew = skew_only;
	arm_down(i);
}

/* ---- changes of state ------------------------------------------------------------------- */

#define TO(state) (1u << (state))

static const uint8_t successors[] = {
	[VRRP_INIT] = TO(VRRP_BACKUP) | TO(VRRP_MASTER) | TO(VRRP_FAULT) | TO(VRRP_INIT),
	[VRRP_BACKUP] = TO(VRRP_MASTER) | TO(VRRP_FAULT) | TO(VRRP_INIT),
	[VRRP_MASTER] = TO(VRRP_BACKUP) | TO(VRRP_FAULT) | TO(VRRP_INIT),
	[VRRP_FAULT] = TO(VRRP_BACKUP) | TO(VRRP_MASTER) | TO(VRRP_INIT),
};

static void set_state(struct instance *i, usec_t now, enum vrrp_state to, struct why why,
		      struct actions *out)
{
	struct action *a = act(i, out, ACT_STATE);

	assert(successors[i->state] & TO(to));
	a->state.from = i->state;
	a->state.to = to;
	a->state.why = why;
	if (i->state == VRRP_MASTER)
		i->stats.released_master++;
	i->state = to;
	i->why = why;
	i->since = now;
	i->logged = 0;
	i->master = i->lower = (struct addr){ .family = ADDR_NONE };
	i->preempt_ready = false;
}

static void notify(struct instance *i, enum notify_state state, struct actions *out)
{
	struct action *a = act(i, out, ACT_NOTIFY);

	a->notify.state = state;
	a->notify.priority = i->priority;
}

/* RFC 3768 6.4.2 (or 6.4.1 for an owner): advert, addresses, gratuitous ARP, and only then
 * everything that may take its time. */
static void become_master(struct instance *i, const struct view *view, usec_t now, struct why why,
			  struct actions *out)
{
	const struct garp_conf *garp = &i->conf->garp;

	send_advert(i, view, now, i->priority, out);
	take_all(i, out);
	all_addresses(i, out, ACT_ANNOUNCE, garp->repeat);
	set_state(i, now, VRRP_MASTER, why, out);
	notify(i, NOTIFY_MASTER, out);
	i->stats.became_master++;
	i->wants = true;
	i->release = false;
	disarm_all(i);
	i->master_advert_us = i->conf->advert_us;
	i->garp_repeat = garp->repeat;
	instance_arm(i, TIMER_ADVERT, now + i->conf->advert_us);
	if (garp->delay_us > 0)
		instance_arm(i, TIMER_GARP, now + garp->delay_us);
	if (garp->refresh_us > 0)
		instance_arm(i, TIMER_REFRESH, now + garp->refresh_us);
}

/* Addresses go before anybody is told. */
static void let_go(struct instance *i, struct actions *out)
{
	if (i->state == VRRP_MASTER)
		remove_all(i, out);
}

static void become_backup(struct instance *i, usec_t now, struct why why, struct actions *out)
{
	let_go(i, out);
	set_state(i, now, VRRP_BACKUP, why, out);
	notify(i, NOTIFY_BACKUP, out);
	disarm_all(i);
	i->wants = false;
	restart_down(i, now, false);
}

/* RFC 3768 6.4.3 Shutdown: a MASTER says that it goes, if it still can. */
static void resign(struct instance *i, const struct view *view, usec_t now, struct actions *out)
{
	if (i->state == VRRP_MASTER && view->links_up[i->conf->link] &&
	    view_source(view, i->conf)->family != ADDR_NONE)
		send_advert(i, view, now, VRRP_PRIORITY_STOP, out);
}

static void become_fault(struct instance *i, const struct view *view, usec_t now, struct why why,
			 struct actions *out)
{
	resign(i, view, now, out);
	let_go(i, out);
	set_state(i, now, VRRP_FAULT, why, out);
	notify(i, NOTIFY_FAULT, out);
	disarm_all(i);
	i->wants = false;
}

static void stop(struct instance *i, const struct view *view, usec_t now, struct actions *out)
{
	resign(i, view, now, out);
	let_go(i, out);
	set_state(i, now, VRRP_INIT, (struct why){ .reason = WHY_STOP }, out);
	if (i->started)
		notify(i, NOTIFY_STOP, out);
	disarm_all(i);
	i->wants = i->ill = false;
	i->stopped = true;
}

/* ---- what is tracked -------------------------------------------------------------------- */

/* keepalived's rule: the sum is clamped to 1..254, and an owner stays an owner. */
static void update_priority(struct instance *i, const struct view *view, struct actions *out)
{
	int32_t total = track_total(i->conf, view);
	uint8_t before = i->priority;

	i->total = total;
	if (i->conf->priority == VRRP_PRIORITY_OWNER)
		return;
	i->priority = (uint8_t)(total < 1 ? 1 : total > 254 ? 254 : total);
	if (i->priority == before)
		return;
	say(i, out, MSG_PRIORITY, MSG_N(before), MSG_N(i->priority), NOTHING);
	if (i->state == VRRP_BACKUP && !i->wants)
		arm_down(i);
}

static bool find_own_fault(const struct instance *i, const struct view *view, struct why *ret)
{
	if (track_find_fault(i->conf, view, ret))
		return true;
	if (!i->addr_fault && !i->route_fault)
		return false;
	*ret = (struct why){ .reason = i->addr_fault ? WHY_ADDRESS : WHY_ROUTE };
	return true;
}

static struct why why_group(const struct instance *other)
{
	return (struct why){ .reason = WHY_GROUP, .name = other->conf->name };
}

/* Its own fault, or that of a member of its group. */
static bool find_fault(struct instance *i, const struct view *view, struct why *ret)
{
	i->ill = find_own_fault(i, view, ret);
	if (i->ill)
		return true;
	if (i->group == NULL || group_find_ill(i->group) == NULL)
		return false;
	*ret = why_group(group_find_ill(i->group));
	return true;
}

/* Whoever is well takes part; an owner needs nobody's leave (RFC 3768 6.4.1). */
static void begin(struct instance *i, const struct view *view, usec_t now, struct actions *out)
{
	enum reason reason = i->state == VRRP_INIT ? WHY_START : WHY_RECOVERED;

	i->started = true;
	i->master_advert_us = i->conf->advert_us; /* RFC 9568 6.4.1 */
	if (i->priority == VRRP_PRIORITY_OWNER && i->group == NULL) {
		become_master(i, view, now, (struct why){ .reason = WHY_OWNER }, out);
		return;
	}
	become_backup(i, now, (struct why){ .reason = reason }, out);
	if (i->priority == VRRP_PRIORITY_OWNER)
		instance_arm(i, TIMER_DOWN, now);
}

/* Not taking part yet, or not any more. A check without a first result is waited for in silence. */
static void review_outside(struct instance *i, const struct view *view, usec_t now,
			   struct actions *out)
{
	struct why why;

	if (find_fault(i, view, &why)) {
		i->started = true;
		/* What its predecessor left is an owner's own, unless it is not fit to serve it. */
		if (i->state == VRRP_INIT && i->conf->priority == VRRP_PRIORITY_OWNER)
			all_addresses(i, out, ACT_ADDR_DEL, 0);
		if (i->state == VRRP_INIT)
			become_fault(i, view, now, why, out);
		i->why = why;
		return;
	}
	if (track_find_unknown(i->conf, view, &why)) {
		if (i->why.reason != WHY_WAIT)
			say(i, out, MSG_WAITING, MSG_S(why.name), NOTHING, NOTHING);
		i->why = why;
		return;
	}
	begin(i, view, now, out);
}

static struct why why_master(const struct instance *i, usec_t now)
{
	if (i->conf->priority == VRRP_PRIORITY_OWNER)
		return (struct why){ .reason = WHY_OWNER };
	if (i->down_is_skew)
		return (struct why){ .reason = WHY_RESIGNED, .peer = i->master };
	if (i->lower.family != ADDR_NONE)
		return (struct why){ .reason = WHY_PREEMPT,
				     .peer = i->lower,
				     .ours = i->priority,
				     .theirs = i->lower_priority };
	return (struct why){ .reason = WHY_SILENCE, .time_us = now - i->down_base };
}

/* MASTER together or not at all. Who is dragged along resigns, so that the peer that leads the
 * others can take this one too. */
static void review_group(struct instance *i, const struct view *view, usec_t now,
			 struct actions *out)
{
	const struct instance *unwilling = group_find_unwilling(i->group);

	if (i->state == VRRP_MASTER && unwilling != NULL) {
		resign(i, view, now, out);
		become_backup(i, now, why_group(unwilling), out);
	} else if (i->state == VRRP_BACKUP && unwilling == NULL) {
		become_master(i, view, now, why_master(i, now), out);
	}
}

/* RFC 3768 6.4.2: nobody spoke in time. A member of a group waits until all members can. */
static void down_due(struct instance *i, const struct view *view, usec_t now, struct actions *out)
{
	const struct instance *unwilling;

	i->wants = true;
	unwilling = i->group != NULL ? group_find_unwilling(i->group) : NULL;
	if (unwilling == NULL)
		become_master(i, view, now, why_master(i, now), out);
	else
		say(i, out, MSG_GROUP_WAITS, MSG_S(unwilling->conf->name), NOTHING, NOTHING);
}

static void review(struct instance *i, const struct view *view, usec_t now, struct actions *out)
{
	struct why why;

	if (view->started && !i->cleaned) {
		if (i->conf->priority != VRRP_PRIORITY_OWNER)
			remove_all(i, out);
		i->cleaned = true;
	}
	if (view->stopping) {
		stop(i, view, now, out);
		return;
	}
	if (!view->started)
		return;
	update_priority(i, view, out);
	if (i->state == VRRP_INIT || i->state == VRRP_FAULT)
		review_outside(i, view, now, out);
	else if (find_fault(i, view, &why))
		become_fault(i, view, now, why, out);
	else if (i->group != NULL)
		review_group(i, view, now, out);
}

/* ---- time ------------------------------------------------------------------------------- */

static void advert_due(struct instance *i, const struct view *view, usec_t due, usec_t now,
		       struct actions *out)
{
	usec_t next = due + i->conf->advert_us;

	if (next_sequence(i) > AH_SEQUENCE_LAST) {
		i->ah_sequence = i->ah_sent = 0;
		become_backup(i, now, (struct why){ .reason = WHY_SEQUENCE }, out);
		return;
	}
	send_advert(i, view, now, i->priority, out);
	instance_arm(i, TIMER_ADVERT, next > now ? next : now + i->conf->advert_us);
}

static void retry_due(struct instance *i, usec_t now, struct actions *out)
{
	if (i->release && i->state != VRRP_MASTER)
		remove_all(i, out);
	i->release = false;
	if (i->addr_fault || i->route_fault)
		instance_arm(i, TIMER_REVIEW, now);
	i->addr_fault = i->route_fault = false;
}

void instance_due(struct instance *i, const struct view *view, usec_t now, struct actions *out)
{
	enum timer t = 0;
	usec_t due;

	while (t < TIMER_COUNT && i->timers[t] > now)
		t++;
	assert(t < TIMER_COUNT);
	due = i->timers[t];
	instance_arm(i, t, USEC_NEVER);
	switch (t) {
	case TIMER_REVIEW:
		if (!i->stopped)
			review(i, view, now, out);
		return;
	case TIMER_DOWN:
		down_due(i, view, now, out);
		return;
	case TIMER_ADVERT:
		advert_due(i, view, due, now, out);
		return;
	case TIMER_PREEMPT:
		i->preempt_ready = true;
		say(i, out, MSG_PREEMPT_READY, NOTHING, NOTHING, NOTHING);
		return;
	case TIMER_GARP:
		all_addresses(i, out, ACT_ANNOUNCE, i->garp_repeat);
		return;
	case TIMER_HEAL:
		i->last_heal = now;
		take_all(i, out);
		all_addresses(i, out, ACT_ANNOUNCE, 1);
		return;
	case TIMER_REFRESH:
		all_addresses(i, out, ACT_ANNOUNCE, i->conf->garp.refresh_repeat);
		instance_arm(i, TIMER_REFRESH, now + i->conf->garp.refresh_us);
		return;
	case TIMER_RETRY:
		retry_due(i, now, out);
		return;
	case TIMER_COUNT:
		return;
	}
}

bool instance_overslept(const struct instance *i, usec_t now)
{
	/* The most impatient peer has priority 254. */
	usec_t advert = i->conf->advert_us;
	usec_t patience = i->conf->down_adverts * advert + vrrp_skew(i->conf->version, 254, advert);

	return i->state == VRRP_MASTER && now > i->last_advert + patience;
}

void instance_yield(struct instance *i, usec_t now, struct actions *out)
{
	struct why why = { .reason = WHY_PAUSED, .time_us = now - i->last_advert };

	become_backup(i, now, why, out);
	say(i, out, MSG_PAUSED, MSG_SEC(why.time_us), NOTHING, NOTHING);
}

/* ---- packets ---------------------------------------------------------------------------- */

/* Whether a lower priority is to be preempted. preempt_delay begins with the first such advert. */
static bool may_preempt(struct instance *i, usec_t now, const struct addr *src, uint8_t priority,
			struct actions *out)
{
	if (!i->conf->preempt)
		return false;
	if (i->conf->preempt_delay_us == 0 || i->preempt_ready)
		return true;
	if (i->timers[TIMER_PREEMPT] == USEC_NEVER) {
		say(i, out, MSG_PREEMPT_DELAY, MSG_SEC(i->conf->preempt_delay_us), MSG_A(*src),
		    MSG_N(priority));
		instance_arm(i, TIMER_PREEMPT, now + i->conf->preempt_delay_us);
	}
	return false;
}

/* Version 3 follows the MASTER's interval (RFC 9568 6.4.2) and sums as it sums. */
static void learn(struct instance *i, const struct advert *a)
{
	if (i->conf->version == 2)
		return;
	i->master_advert_us = a->interval_us;
	if (!i->conf->sum_strict)
		i->sum = a->sum;
}

static void follow(struct instance *i, const struct addr *src, const struct advert *a)
{
	i->master = *src;
	i->master_priority = a->priority;
	i->lower.family = ADDR_NONE;
}

/* RFC 3768 6.4.2, RFC 9568 6.4.2. */
static void hear_in_backup(struct instance *i, usec_t now, const struct addr *src,
			   const struct advert *a, struct actions *out)
{
	if (a->priority == VRRP_PRIORITY_STOP) {
		i->master = *src;
		if (!i->wants)
			restart_down(i, now, true);
		return;
	}
	if (a->priority < i->priority && may_preempt(i, now, src, a->priority, out)) {
		i->lower = *src;
		i->lower_priority = a->priority;
		return;
	}
	if (a->priority >= i->priority) {
		i->preempt_ready = false;
		instance_arm(i, TIMER_PREEMPT, USEC_NEVER);
	}
	i->wants = false;
	follow(i, src, a);
	learn(i, a);
	restart_down(i, now, false);
}

/* A second MASTER with less right than ours: caches may point at it, so answer and announce. */
static void hear_lower(struct instance *i, const struct view *view, usec_t now,
		       const struct addr *src, uint8_t priority, struct actions *out)
{
	const struct garp_conf *garp = &i->conf->garp;

	if (!(i->logged & 1u << LOGGED_LOWER))
		say(i, out, MSG_LOWER_HEARD, MSG_A(*src), MSG_N(priority), MSG_N(i->priority));
	i->logged |= 1u << LOGGED_LOWER;
	if (!i->conf->answer_lower)
		return;
	send_advert(i, view, now, i->priority, out);
	if (garp->lower_prio_repeat == 0)
		return;
	all_addresses(i, out, ACT_ANNOUNCE, garp->lower_prio_repeat);
	if (garp->lower_prio_delay_us > 0 && i->timers[TIMER_GARP] == USEC_NEVER) {
		i->garp_repeat = garp->lower_prio_repeat;
		instance_arm(i, TIMER_GARP, now + garp->lower_prio_delay_us);
	}
}

static void yield_to(struct instance *i, const struct view *view, usec_t now,
		     const struct addr *src, const struct advert *a, struct actions *out)
{
	struct why why = { .reason = a->priority == i->priority ? WHY_TIE : WHY_HIGHER,
			   .peer = *src,
			   .ours = i->priority,
			   .theirs = a->priority };

	if (i->conf->send_before_yield)
		send_advert(i, view, now, i->priority, out);
	learn(i, a);
	become_backup(i, now, why, out);
	follow(i, src, a);
}

/* RFC 3768 6.4.3, RFC 9568 6.4.3. */
static void hear_in_master(struct instance *i, const struct view *view, usec_t now,
			   const struct addr *src, const struct advert *a, struct actions *out)
{
	if (a->priority == VRRP_PRIORITY_STOP) {
		send_advert(i, view, now, i->priority, out);
		instance_arm(i, TIMER_ADVERT, now + i->conf->advert_us);
		return;
	}
	if (a->priority > i->priority ||
	    (a->priority == i->priority && addr_cmp(src, view_source(view, i->conf)) > 0))
		yield_to(i, view, now, src, a, out);
	else
		hear_lower(i, view, now, src, a->priority, out);
}

static void notice(struct instance *i, uint32_t noticed)
{
	for (int d = 0; d < DROP_COUNT; d++)
		if (noticed & 1u << d)
			i->stats.noticed[d]++;
}

void instance_count_heard(struct instance *i, uint32_t sequence)
{
	if (sequence > i->ah_sequence)
		i->ah_sequence = sequence;
}

void instance_hear(struct instance *i, const struct view *view, usec_t now, const struct addr *src,
		   const struct judgement *j, struct actions *out)
{
	const struct advert *a = &j->advert;

	i->stats.received++;
	if (a->priority == VRRP_PRIORITY_STOP)
		i->stats.zero_received++;
	notice(i, j->noticed);
	instance_count_heard(i, j->ah_sequence);
	i->logged &= 1u << LOGGED_LOWER;
	switch (i->state) {
	case VRRP_INIT:
	case VRRP_FAULT:
		return;
	case VRRP_BACKUP:
		hear_in_backup(i, now, src, a, out);
		return;
	case VRRP_MASTER:
		hear_in_master(i, view, now, src, a, out);
		return;
	}
}

void instance_drop(struct instance *i, enum drop drop, const struct addr *src, struct actions *out)
{
	bool auth = drop >= DROP_AUTH_TYPE_UNKNOWN && drop <= DROP_AUTH_REPLAY;

	i->stats.dropped[drop]++;
	if (drop == DROP_OWN_SOURCE || i->logged & 1u << drop)
		return;
	i->logged |= 1u << drop;
	say(i, out, auth ? MSG_DROPPED_AUTH : MSG_DROPPED, MSG_A(*src), MSG_S(drop_text(drop)),
	    NOTHING);
}

/* ---- somebody else ------------------------------------------------------------------------ */

void instance_lost(struct instance *i, usec_t now, const struct event *ev, struct actions *out)
{
	uint16_t item = ev->lost.item;
	uint16_t count = ev->lost.route ? i->conf->route_count : i->conf->vip_count;

	if (i->state != VRRP_MASTER || item >= count ||
	    (ev->lost.route && i->conf->routes[item].no_track))
		return;
	if (i->stats.lost++ % FAILURES_PER_LOG == 0)
		say(i, out, MSG_LOST,
		    ev->lost.route ? MSG_S(i->conf->routes[item].text)
				   : MSG_A(i->conf->vips[item].addr),
		    NOTHING, NOTHING);
	if (i->timers[TIMER_HEAL] != USEC_NEVER)
		return;
	instance_arm(i, TIMER_HEAL,
		     i->stats.lost == 1 ? now : usec_max(now, i->last_heal + HEAL_PAUSE_US));
}

/* ---- results ---------------------------------------------------------------------------- */

/* What could not be removed is tried again; what could not be added is a FAULT for a while. */
static void change_failed(struct instance *i, usec_t now, bool add, bool *fault)
{
	if (!add) {
		i->release = true;
		instance_arm(i, TIMER_RETRY, now + RELEASE_RETRY_US);
		return;
	}
	if (i->state != VRRP_MASTER)
		return;
	*fault = true;
	instance_arm(i, TIMER_REVIEW, now);
	instance_arm(i, TIMER_RETRY, now + RETRY_US);
}

static void address_failed(struct instance *i, usec_t now, const struct event *ev,
			   struct actions *out)
{
	bool add = ev->result.kind == ACT_ADDR_ADD;
	const struct addr *vip = &i->conf->vips[ev->result.item].addr;

	say(i, out, add ? MSG_ADDR_ADD_FAILED : MSG_ADDR_DEL_FAILED, MSG_A(*vip),
	    MSG_S(err_text(ev->result.err)), NOTHING);
	change_failed(i, now, add, &i->addr_fault);
}

static void route_failed(struct instance *i, usec_t now, const struct event *ev,
			 struct actions *out)
{
	bool add = ev->result.kind == ACT_ROUTE_ADD;
	const struct route_conf *route = &i->conf->routes[ev->result.item];

	say(i, out, add ? MSG_ROUTE_ADD_FAILED : MSG_ROUTE_DEL_FAILED, MSG_S(route->text),
	    MSG_N(route->line), MSG_S(err_text(ev->result.err)));
	change_failed(i, now, add, &i->route_fault);
}

void instance_result(struct instance *i, usec_t now, const struct event *ev, struct actions *out)
{
	const char *text = err_text(ev->result.err);

	switch ((enum action_kind)ev->result.kind) {
	case ACT_SEND:
		if (i->stats.send_failed++ % FAILURES_PER_LOG == 0)
			say(i, out, MSG_SEND_FAILED, MSG_S(text), NOTHING, NOTHING);
		return;
	case ACT_ANNOUNCE:
		if (i->stats.announce_failed++ % FAILURES_PER_LOG == 0)
			say(i, out, MSG_ANNOUNCE_FAILED, MSG_A(i->conf->vips[ev->result.item].addr),
			    MSG_S(text), NOTHING);
		return;
	case ACT_ADDR_ADD:
	case ACT_ADDR_DEL:
		address_failed(i, now, ev, out);
		return;
	case ACT_ROUTE_ADD:
	case ACT_ROUTE_DEL:
		route_failed(i, now, ev, out);
		return;
	case ACT_NOTIFY:
	case ACT_STATE:
	case ACT_GROUP:
	case ACT_LOG:
		return;
	}
}

/* ---- beginning, and what must always hold ----------------------------------------------- */

void instance_init(struct instance *i, const struct instance_conf *conf, uint32_t id,
		   uint8_t *datagrams)
{
	*i = (struct instance){
		.conf = conf,
		.due = { .when = USEC_NEVER, .id = id },
		.total = conf->priority,
		.priority = conf->priority,
		.master_advert_us = conf->advert_us,
		.sum = conf->sum,
	};
	for (int t = 0; t < TIMER_COUNT; t++)
		i->timers[t] = USEC_NEVER;
	outgoing_init(&i->outgoing, conf, datagrams);
}

void instance_verify(const struct instance *i)
{
	bool master = i->state == VRRP_MASTER, backup = i->state == VRRP_BACKUP;
	usec_t first = USEC_NEVER;

	for (int t = 0; t < TIMER_COUNT; t++)
		first = usec_min(first, i->timers[t]);
	assert(i->due.when == first);
	assert(master == (i->timers[TIMER_ADVERT] != USEC_NEVER));
	assert((backup && !i->wants) == (i->timers[TIMER_DOWN] != USEC_NEVER));
	assert(!master || i->wants);
	assert(!i->wants || master || i->group != NULL);
	assert(master || i->timers[TIMER_GARP] == USEC_NEVER);
	assert(master || i->timers[TIMER_HEAL] == USEC_NEVER);
	assert(backup || i->timers[TIMER_PREEMPT] == USEC_NEVER);
	assert(i->priority >= 1);
	assert(!i->stopped || i->state == VRRP_INIT);
	(void)master, (void)backup, (void)first;
}
