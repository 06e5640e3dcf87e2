#include "sim/laws.h"

#include <string.h>

#include "wire/ip.h"
#include "wire/vrrp.h"

/* ---- what the laws look at -------------------------------------------------------------- */

enum { NOWHERE = -1 };

/* Place of the first action of |kind|; NOWHERE when there is none. */
static int place(const struct actions *out, enum action_kind kind)
{
	for (uint32_t i = 0; i < out->count; i++)
		if (out->list[i].kind == kind)
			return (int)i;
	return NOWHERE;
}

static unsigned number(const struct actions *out, enum action_kind kind)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < out->count; i++)
		n += out->list[i].kind == kind;
	return n;
}

/* Place of the first action that is more than a line in the journal. */
static int begins(const struct actions *out)
{
	for (uint32_t i = 0; i < out->count; i++)
		if (out->list[i].kind != ACT_LOG)
			return (int)i;
	return NOWHERE;
}

static bool is_all(const struct law_case *c, int at)
{
	const struct action *a = &c->out->list[at];

	return a->addrs.first == 0 && a->addrs.count == c->before->conf->vip_count;
}

static bool enters(const struct law_case *c)
{
	return c->before->state != VRRP_MASTER && c->after->state == VRRP_MASTER;
}

static bool leaves(const struct law_case *c)
{
	return c->before->state == VRRP_MASTER && c->after->state != VRRP_MASTER;
}

static bool is_active(enum vrrp_state s)
{
	return s == VRRP_BACKUP || s == VRRP_MASTER;
}

usec_t law_skew(uint8_t priority)
{
	return (usec_t)(256 - priority) * 1000000 / 256;
}

usec_t law_down(const struct instance_conf *conf, uint8_t priority)
{
	return conf->down_adverts * conf->advert_us + law_skew(priority);
}

bool law_overslept(const struct instance_conf *conf, usec_t last, usec_t now)
{
	return now > last + law_down(conf, 254);
}

static bool overslept(const struct law_case *c)
{
	return c->before->state == VRRP_MASTER &&
	       law_overslept(c->before->conf, c->before->last_advert, c->now);
}

/* An honest advert that the instance has to act on. */
static bool hears(const struct law_case *c)
{
	return c->ev->kind == EV_PACKET && !c->forged && !c->before->stopped &&
	       c->before->conf->priority != VRRP_PRIORITY_OWNER && !overslept(c);
}

static uint8_t heard_priority(const struct law_case *c)
{
	return c->ev->packet.datagram.p[IP4_HEADER + 2];
}

static int compare_sources(const struct law_case *c)
{
	return memcmp(c->ev->packet.datagram.p + 12, c->node->sources[c->before->conf->link].b, 4);
}

/* The sender has more right to be MASTER than we have. */
static bool heard_better(const struct law_case *c)
{
	uint8_t theirs = heard_priority(c), ours = c->before->priority;

	return theirs > ours || (theirs == ours && compare_sources(c) > 0);
}

/* ---- changes of state ------------------------------------------------------------------- */

static bool law_told(const struct law_case *c)
{
	int at = place(c->out, ACT_STATE);
	bool changed = c->before->state != c->after->state;

	if (at == NOWHERE)
		return !changed;
	return number(c->out, ACT_STATE) == 1 && c->out->list[at].state.from == c->before->state &&
	       c->out->list[at].state.to == c->after->state;
}

static bool law_takeover(const struct law_case *c)
{
	if (!enters(c))
		return true;
	if (c->before->state == VRRP_BACKUP)
		return c->ev->kind == EV_DEADLINE && c->before->timers[TIMER_DOWN] <= c->now;
	return c->before->conf->priority == VRRP_PRIORITY_OWNER;
}

static bool law_claim(const struct law_case *c)
{
	int send = place(c->out, ACT_SEND), add = place(c->out, ACT_ADDR_ADD),
	    announce = place(c->out, ACT_ANNOUNCE);

	if (!enters(c))
		return add == NOWHERE;
	if (send == NOWHERE || send != begins(c->out) ||
	    c->out->list[send].send.priority != c->after->priority)
		return false;
	if (c->before->conf->vip_count == 0)
		return add == NOWHERE && announce == NOWHERE;
	return add > send && announce > add && is_all(c, add) && is_all(c, announce);
}

static bool law_release(const struct law_case *c)
{
	int del = place(c->out, ACT_ADDR_DEL), state = place(c->out, ACT_STATE);

	if (!leaves(c) || c->before->conf->vip_count == 0)
		return true;
	return del != NOWHERE && del < state && is_all(c, del) &&
	       place(c->out, ACT_ANNOUNCE) == NOWHERE;
}

static bool law_resign(const struct law_case *c)
{
	const struct instance_conf *conf = c->before->conf;
	bool can = c->node->links_up[conf->link] &&
		   c->node->sources[conf->link].family != ADDR_NONE;
	int send = place(c->out, ACT_SEND);
	bool resigned = send != NOWHERE && c->out->list[send].send.priority == 0;

	if (leaves(c) && !is_active(c->after->state) && can)
		return resigned && send == begins(c->out) && number(c->out, ACT_SEND) == 1;
	return !resigned;
}

static bool law_silence(const struct law_case *c)
{
	if (c->before->state == VRRP_MASTER || c->after->state == VRRP_MASTER)
		return true;
	return place(c->out, ACT_SEND) == NOWHERE && place(c->out, ACT_ANNOUNCE) == NOWHERE;
}

static bool law_notify(const struct law_case *c)
{
	static const enum notify_state of[] = {
		[VRRP_INIT] = NOTIFY_STOP,
		[VRRP_BACKUP] = NOTIFY_BACKUP,
		[VRRP_MASTER] = NOTIFY_MASTER,
		[VRRP_FAULT] = NOTIFY_FAULT,
	};
	int at = place(c->out, ACT_NOTIFY);

	if (c->before->state == c->after->state)
		return at == NOWHERE;
	return number(c->out, ACT_NOTIFY) == 1 &&
	       c->out->list[at].notify.state == of[c->after->state] &&
	       c->out->list[at].notify.priority == c->after->priority;
}

static bool law_wake(const struct law_case *c)
{
	bool acts = c->ev->kind == EV_DEADLINE || (c->ev->kind == EV_PACKET && !c->forged);

	if (!overslept(c) || !acts)
		return true;
	return c->after->state != VRRP_MASTER && place(c->out, ACT_SEND) == NOWHERE &&
	       (c->before->conf->vip_count == 0 || place(c->out, ACT_ADDR_DEL) == 0);
}

/* ---- adverts ---------------------------------------------------------------------------- */

static bool is_our_advert(const struct law_case *c, const struct action *a)
{
	const struct instance_conf *conf = c->before->conf;
	const struct addr *own = &c->node->sources[conf->link];
	const uint8_t *p = a->send.datagram.p, *m = p + IP4_HEADER;
	size_t vips = 4 * (size_t)conf->vip_count;

	if (a->send.link != conf->link || a->send.datagram.len != IP4_HEADER + 16 + vips)
		return false;
	if (p[8] != 255 || p[9] != 112 || memcmp(p + 12, own->b, 4) != 0 ||
	    get_be32(p + 16) != 0xe0000012u)
		return false;
	if (m[0] != 0x21 || m[1] != conf->vrid || m[2] != a->send.priority ||
	    m[3] != conf->vip_count || m[4] != conf->auth_type)
		return false;
	for (uint16_t i = 0; i < conf->vip_count; i++)
		if (memcmp(m + 8 + 4 * i, conf->vips[i].addr.b, 4) != 0)
			return false;
	return memcmp(m + 8 + vips, conf->auth_key, 8) == 0;
}

static bool law_advert(const struct law_case *c)
{
	for (uint32_t i = 0; i < c->out->count; i++) {
		const struct action *a = &c->out->list[i];

		if (a->kind != ACT_SEND)
			continue;
		if (a->send.priority != 0 && a->send.priority != c->after->priority)
			return false;
		if (!is_our_advert(c, a))
			return false;
	}
	return true;
}

static bool law_adver_timer(const struct law_case *c)
{
	usec_t due = c->before->timers[TIMER_ADVERT], next = c->after->timers[TIMER_ADVERT];

	if (c->after->state != VRRP_MASTER)
		return next == USEC_NEVER;
	if (next > c->now + c->before->conf->advert_us)
		return false;
	if (c->before->state == VRRP_MASTER && due <= c->now && next > c->now)
		return place(c->out, ACT_SEND) != NOWHERE;
	return true;
}

/* ---- the timer of a backup -------------------------------------------------------------- */

static bool law_down_timer(const struct law_case *c)
{
	const struct instance *a = c->after;
	usec_t wait = a->down_is_skew ? law_skew(a->priority) : law_down(a->conf, a->priority);

	if (a->state != VRRP_BACKUP)
		return a->timers[TIMER_DOWN] == USEC_NEVER;
	if (c->before->state != VRRP_BACKUP && a->down_base != c->now)
		return false;
	if (a->down_is_skew && c->before->state != VRRP_BACKUP &&
	    !(c->ev->kind == EV_PACKET && heard_priority(c) == 0))
		return false;
	return a->timers[TIMER_DOWN] == a->down_base + wait;
}

static bool unmoved(const struct law_case *c)
{
	return c->after->timers[TIMER_DOWN] == c->before->timers[TIMER_DOWN];
}

static bool restarted(const struct law_case *c, bool skew_only)
{
	return c->after->down_base == c->now && c->after->down_is_skew == skew_only;
}

static bool law_backup_hears(const struct law_case *c)
{
	const struct instance_conf *conf = c->before->conf;
	const struct instance *b = c->before, *a = c->after;
	uint8_t theirs = 0;

	if (!hears(c) || b->state != VRRP_BACKUP)
		return c->ev->kind != EV_PACKET || b->state != VRRP_BACKUP || unmoved(c);
	theirs = heard_priority(c);
	if (a->state != VRRP_BACKUP)
		return false;
	if (theirs == 0)
		return restarted(c, true);
	if (theirs >= b->priority)
		return restarted(c, false) && a->timers[TIMER_PREEMPT] == USEC_NEVER &&
		       !a->preempt_ready;
	if (!conf->preempt)
		return restarted(c, false);
	if (conf->preempt_delay_us == 0 || b->preempt_ready)
		return unmoved(c);
	if (b->timers[TIMER_PREEMPT] == USEC_NEVER)
		return restarted(c, false) &&
		       a->timers[TIMER_PREEMPT] == c->now + conf->preempt_delay_us;
	return restarted(c, false) && a->timers[TIMER_PREEMPT] == b->timers[TIMER_PREEMPT];
}

static bool law_preempt_delay(const struct law_case *c)
{
	if (!c->after->preempt_ready || c->before->preempt_ready)
		return true;
	return c->ev->kind == EV_DEADLINE && c->before->timers[TIMER_PREEMPT] <= c->now;
}

/* ---- a master hears --------------------------------------------------------------------- */

static bool law_yield(const struct law_case *c)
{
	if (!hears(c) || c->before->state != VRRP_MASTER || heard_priority(c) == 0)
		return true;
	return (c->after->state == VRRP_BACKUP) == heard_better(c) &&
	       (c->after->state == VRRP_MASTER) == !heard_better(c);
}

static bool law_answer_zero(const struct law_case *c)
{
	if (!hears(c) || c->before->state != VRRP_MASTER || heard_priority(c) != 0)
		return true;
	return c->after->state == VRRP_MASTER && place(c->out, ACT_SEND) != NOWHERE &&
	       c->after->timers[TIMER_ADVERT] == c->now + c->before->conf->advert_us;
}

static bool law_answer_lower(const struct law_case *c)
{
	if (!hears(c) || c->before->state != VRRP_MASTER || heard_priority(c) == 0 ||
	    heard_better(c))
		return true;
	return (place(c->out, ACT_SEND) != NOWHERE) == c->before->conf->answer_lower;
}

static bool law_owner(const struct law_case *c)
{
	if (c->ev->kind != EV_PACKET || c->before->conf->priority != VRRP_PRIORITY_OWNER ||
	    overslept(c))
		return true;
	return c->before->state == c->after->state && place(c->out, ACT_SEND) == NOWHERE;
}

static bool law_forgery(const struct law_case *c)
{
	if (c->ev->kind != EV_PACKET || !c->forged || overslept(c))
		return true;
	return c->before->state == c->after->state && c->before->priority == c->after->priority &&
	       c->before->preempt_ready == c->after->preempt_ready &&
	       memcmp(c->before->timers, c->after->timers, sizeof(c->before->timers)) == 0 &&
	       number(c->out, ACT_LOG) == c->out->count;
}

/* ---- what is tracked -------------------------------------------------------------------- */

static int well(const struct track_conf *t, enum verdict v)
{
	return v == VERDICT_UNKNOWN ? 0 : (v == VERDICT_UP) == !t->reverse ? 1 : -1;
}

static int share(const struct track_conf *t, enum verdict v)
{
	int w = well(t, v);

	return (t->weight > 0 && w > 0) || (t->weight < 0 && w < 0) ? t->weight : 0;
}

static enum verdict link_verdict(const struct law_case *c, uint16_t link)
{
	return c->node->links_up[link] ? VERDICT_UP : VERDICT_DOWN;
}

/* The state is the answer to everything that was told; else a review is still due. */
static bool is_reviewed(const struct law_case *c)
{
	return c->node->view.started && !c->node->view.stopping && !c->after->stopped &&
	       c->after->timers[TIMER_REVIEW] == USEC_NEVER;
}

static bool law_priority(const struct law_case *c)
{
	const struct instance_conf *conf = c->after->conf;
	int sum = conf->priority;

	if (!is_reviewed(c))
		return true;
	for (uint16_t i = 0; i < conf->check_count; i++)
		sum += share(&conf->checks[i], c->node->checks[conf->checks[i].index]);
	for (uint16_t i = 0; i < conf->link_count; i++)
		sum += share(&conf->links[i], link_verdict(c, conf->links[i].index));
	if (conf->priority == VRRP_PRIORITY_OWNER)
		return c->after->priority == VRRP_PRIORITY_OWNER;
	sum = sum < 1 ? 1 : sum;
	return c->after->priority == (sum > 254 ? 254 : sum);
}

static bool is_ill(const struct law_case *c)
{
	const struct instance_conf *conf = c->after->conf;
	bool ill = c->after->addr_fault || c->node->sources[conf->link].family == ADDR_NONE ||
		   (conf->track_primary && !c->node->links_up[conf->link]);

	for (uint16_t i = 0; i < conf->vip_count; i++)
		ill |= conf->vips[i].link != conf->link && !c->node->links_up[conf->vips[i].link];
	for (uint16_t i = 0; i < conf->link_count; i++)
		ill |= conf->links[i].weight == 0 &&
		       well(&conf->links[i], link_verdict(c, conf->links[i].index)) < 0;
	for (uint16_t i = 0; i < conf->check_count; i++)
		ill |= conf->checks[i].weight == 0 &&
		       well(&conf->checks[i], c->node->checks[conf->checks[i].index]) < 0;
	return ill;
}

static bool waits(const struct law_case *c)
{
	const struct instance_conf *conf = c->after->conf;
	bool unknown = false;

	for (uint16_t i = 0; i < conf->check_count; i++)
		unknown |= conf->checks[i].weight == 0 &&
			   c->node->checks[conf->checks[i].index] == VERDICT_UNKNOWN;
	return unknown;
}

static bool law_fault(const struct law_case *c)
{
	if (!is_reviewed(c))
		return true;
	if (is_active(c->after->state))
		return !is_ill(c);
	return is_ill(c) || waits(c);
}

/* ---- all of them ------------------------------------------------------------------------ */

static const struct law laws[] = {
	{ "told", "every change of state is told once, as it is", law_told },
	{ "takeover", "only a Master_Down_Timer that ran out, or priority 255, makes a MASTER",
	  law_takeover },
	{ "claim", "a new MASTER sends its advert, takes all addresses, then announces them",
	  law_claim },
	{ "release", "who leaves MASTER lets go of all addresses before it tells anybody",
	  law_release },
	{ "resign", "priority 0 is sent by a MASTER that goes, first of all, and by nobody else",
	  law_resign },
	{ "silence", "who is not MASTER sends nothing", law_silence },
	{ "notify", "each change of state has its notification, and nothing else has", law_notify },
	{ "wake", "a MASTER that overslept lets go before it does anything", law_wake },
	{ "advert", "an advert says what the configuration and the priority say", law_advert },
	{ "adver-timer", "a MASTER advertises every Advertisement_Interval", law_adver_timer },
	{ "down-timer", "a BACKUP waits three intervals and the skew of its priority",
	  law_down_timer },
	{ "backup-hears", "a BACKUP follows an equal, a better, or one it may not preempt",
	  law_backup_hears },
	{ "preempt-delay", "preemption waits for the whole preempt_delay", law_preempt_delay },
	{ "yield", "a MASTER yields to the higher priority, then to the higher address, only",
	  law_yield },
	{ "answer-zero", "a MASTER answers a resignation with an advert", law_answer_zero },
	{ "answer-lower", "a MASTER answers a lower one as configured", law_answer_lower },
	{ "owner", "an owner heeds no advert", law_owner },
	{ "forgery", "what has no password moves nothing", law_forgery },
	{ "priority", "the priority is the sum of base and weights, from 1 to 254", law_priority },
	{ "fault", "who is ill is in FAULT, who is well takes part", law_fault },
};

static const struct law empty_law = { "empty", "an event that names no instance asks nothing",
				      NULL };

const struct law *laws_judge(const struct law_case *c)
{
	if (c->before == NULL)
		return c->out->count == 0 ? NULL : &empty_law;
	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++)
		if (!laws[i].holds(c))
			return &laws[i];
	return NULL;
}
