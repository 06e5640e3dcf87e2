#include "sim/facts.h"

#include "core/receive.h"
#include "wire/ah.h"
#include "wire/ip.h"
#include "wire/vrrp.h"

bool is_active(enum vrrp_state s)
{
	return s == VRRP_BACKUP || s == VRRP_MASTER;
}

/* ---- the advert ------------------------------------------------------------------------- */

/* An honest advert is well made; what remains is who may not act on it. */
static bool counts(const struct facts *f, const struct received *r)
{
	struct ah ah;

	if (f->b->priority == VRRP_PRIORITY_OWNER &&
	    (f->conf->version == 2 || f->conf->owner_ignore))
		return false;
	if (!r->has_ah)
		return true;
	return ah_decode(r->ip.payload, &ah) == DROP_NONE && ah.sequence > f->b->ah_sequence;
}

static void read_advert(struct facts *f)
{
	struct received r;
	struct vrrp_path path;
	struct advert advert;
	int order;

	if (packet_open(f->c->ev->packet.datagram, &r) != DROP_NONE)
		return;
	path = (struct vrrp_path){ &r.ip.src, &r.ip.dst, f->conf->peer_count > 0 };
	if (vrrp_decode(r.message, &path, &advert) != DROP_NONE || !counts(f, &r))
		return;
	order = addr_cmp(&r.ip.src, view_source(&f->c->node->view, f->conf));
	f->hears = true;
	f->theirs = advert.priority;
	f->interval_us = advert.interval_us;
	f->better = advert.priority > f->b->priority ||
		    (advert.priority == f->b->priority && order > 0);
}

/* ---- the actions ------------------------------------------------------------------------ */

static void note(int *place, unsigned *number, int at)
{
	if (*place == NOWHERE)
		*place = at;
	if (number != NULL)
		++*number;
}

static void read_actions(struct facts *f)
{
	for (int i = 0; i < (int)f->c->out->count; i++) {
		const struct action *a = &f->c->out->list[i];

		if (a->kind != ACT_LOG && f->first == NOWHERE)
			f->first = i;
		switch (a->kind) {
		case ACT_SEND:
			note(&f->send, &f->sends, i);
			break;
		case ACT_ADDR_ADD:
			note(&f->add, NULL, i);
			break;
		case ACT_ADDR_DEL:
			note(&f->del, NULL, i);
			break;
		case ACT_ROUTE_ADD: /* no scenario has routes */
		case ACT_ROUTE_DEL:
			break;
		case ACT_ANNOUNCE:
			note(&f->announce, NULL, i);
			break;
		case ACT_STATE:
			note(&f->state, &f->states, i);
			break;
		case ACT_NOTIFY:
			note(&f->notify, &f->notifies, i);
			break;
		case ACT_LOG:
			f->logs++;
			break;
		case ACT_GROUP:
			break;
		}
	}
}

struct facts facts_of(const struct law_case *c)
{
	struct facts f = {
		.c = c,
		.conf = c->before->conf,
		.b = c->before,
		.a = c->after,
		.first = NOWHERE,
		.send = NOWHERE,
		.add = NOWHERE,
		.del = NOWHERE,
		.announce = NOWHERE,
		.state = NOWHERE,
		.notify = NOWHERE,
	};
	bool master = f.b->state == VRRP_MASTER;
	bool serves = c->ev->kind == EV_DEADLINE || c->ev->kind == EV_PACKET;

	f.overslept = master && serves && law_overslept(f.conf, f.b->last_advert, c->now);
	f.enters = !master && f.a->state == VRRP_MASTER;
	f.leaves = master && f.a->state != VRRP_MASTER;
	if (c->ev->kind == EV_PACKET && !c->forged && !f.b->stopped && !f.overslept)
		read_advert(&f);
	read_actions(&f);
	return f;
}
