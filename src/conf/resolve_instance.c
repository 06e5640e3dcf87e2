#include "conf/resolve.h"

#include <string.h>

#include "base/err.h"
#include "conf/resolve_wire.h"
#include "wire/vrrp.h"

static int64_t pick(const struct setting *own, const struct setting *global, int64_t standard)
{
	return own->at != NULL ? own->v : global->at != NULL ? global->v : standard;
}

static bool has_link(const struct draft_instance *d)
{
	return d->interface.at != NULL && !d->interface.bad;
}

static struct garp_conf resolve_garp(const struct draft_garp *own, const struct draft_garp *global)
{
	static const struct setting none;
	const int64_t second = (int64_t)USEC_PER_SEC;
	int64_t delay = pick(&none, &global->delay, 5 * second);
	int64_t repeat = pick(&none, &global->repeat, 5);

	return (struct garp_conf){
		.delay_us = (usec_t)pick(&own->delay, &global->delay, 5 * second),
		.refresh_us = (usec_t)pick(&own->refresh, &global->refresh, 0),
		.repeat = (uint8_t)pick(&own->repeat, &global->repeat, 5),
		.refresh_repeat = (uint8_t)pick(&own->refresh_repeat, &global->refresh_repeat, 1),
		.lower_prio_delay_us = (usec_t)pick(&own->lower_delay, &global->lower_delay, delay),
		.lower_prio_repeat = (uint8_t)pick(&own->lower_repeat, &global->lower_repeat,
						   repeat),
	};
}

/* What keepalived clears, we clear, in its order. */
static void resolve_preempt(struct resolver *rs, const struct draft_instance *d, bool master,
			    struct instance_conf *ret)
{
	struct complaints *to = &rs->r->complaints;
	bool nopreempt = d->nopreempt.v != 0;
	usec_t delay = (usec_t)d->preempt_delay.v;

	if (nopreempt && ret->priority == VRRP_PRIORITY_OWNER) {
		complain(
			to, D_OWNER_PREEMPT, d->nopreempt.at,
			"'nopreempt' does not go with priority 255 and is dropped: the owner of an "
			"address always takes it");
		nopreempt = false;
	}
	if (nopreempt && master) {
		complain(to, D_MASTER_PREEMPT, d->nopreempt.at,
			 "'nopreempt' does not go with 'state MASTER' and is dropped: set 'state "
			 "BACKUP' on all nodes");
		nopreempt = false;
	}
	if (delay > 0 && master) {
		complain(to, D_MASTER_PREEMPT, d->preempt_delay.at,
			 "'preempt_delay' does not go with 'state MASTER' and is dropped: set "
			 "'state BACKUP' on all nodes");
		delay = 0;
	}
	if (delay > 0 && nopreempt) {
		complain(to, D_NOPREEMPT_DELAY, d->preempt_delay.at,
			 "'preempt_delay' does not go with 'nopreempt' and is dropped");
		delay = 0;
	}
	ret->preempt = !nopreempt;
	ret->preempt_delay_us = delay;
}

/* The owner's priority is 255 whatever happens. */
static void owner_weights(struct resolver *rs, const struct draft_instance *d,
			  const struct instance_conf *i)
{
	bool weighted = false;

	for (uint16_t n = 0; n < i->check_count; n++)
		weighted = weighted || i->checks[n].weight != 0;
	for (uint16_t n = 0; n < i->link_count; n++)
		weighted = weighted || i->links[n].weight != 0;
	if (weighted && i->priority == VRRP_PRIORITY_OWNER)
		complain(&rs->r->complaints, D_OWNER_WEIGHT, d->name,
			 "vrrp_instance '%s' has priority 255, which no weight changes: what it "
			 "tracks with a weight has no effect",
			 shown(d->name).s);
}

static void check_identity(struct resolver *rs, const struct draft_instance *d,
			   const struct instance_conf *i, uint32_t number)
{
	struct complaints *to = &rs->r->complaints;
	uint32_t first = names_find(&rs->instances, d->name->s);
	uint64_t key = ((uint64_t)i->link << 1 | (i->family == ADDR_V6)) << 8 | i->vrid;

	if (first != NAMES_NONE)
		complain(to, D_TWICE, d->name, "there is a vrrp_instance '%s' already, in %s",
			 shown(d->name).s,
			 resolve_place(rs->instance_drafts[first]->name, d->name).s);
	else if (names_put(&rs->instances, d->name->s, number) == E_NOMEM)
		(void)complaints_need(to, NULL);
	if (d->interface.at == NULL && !d->faulty)
		complain(to, D_MISSING, d->name, "vrrp_instance '%s' has no 'interface'%s",
			 shown(d->name).s,
			 d->wire.peers_at != NULL ? ": it needs one for unicast too" : "");
	if (d->vrid.at == NULL && !d->faulty)
		complain(to, D_MISSING, d->name, "vrrp_instance '%s' has no 'virtual_router_id'",
			 shown(d->name).s);
	if (!has_link(d) || i->vrid == 0 || map_put(&rs->vrids, key, number))
		return;
	d = rs->instance_drafts[number];
	first = map_get(&rs->vrids, key);
	complain(to, D_VRID_TWICE, d->vrid.at,
		 "VRID %u is taken on '%s' already, by vrrp_instance '%s' in %s", i->vrid,
		 shown(d->interface.at).s, shown(rs->instance_drafts[first]->name).s,
		 resolve_place(rs->instance_drafts[first]->vrid.at, d->vrid.at).s);
}

static void resolve_instance(struct resolver *rs, const struct draft_instance *d, uint32_t number,
			     struct instance_conf *ret, struct instance_more *more,
			     struct notify_conf *notify)
{
	const struct draft_global *g = &rs->r->draft.global;
	bool master = d->state.at != NULL && d->state.v == STATE_MASTER;

	rs->instance_drafts[number] = d;
	*ret = (struct instance_conf){
		.name = d->name->s,
		.link = has_link(d) ? resolve_link(rs, d->interface.at) : 0,
		.vrid = (uint8_t)d->vrid.v,
		.priority = d->priority.at != NULL ? (uint8_t)d->priority.v
			    : master               ? 255
						   : 100,
		.down_adverts = (uint8_t)pick(&d->down_adverts, &g->down_adverts, 3),
		.answer_lower = !pick(&d->lower_prio_no_advert, &g->lower_prio_no_advert, 0),
		.send_before_yield = pick(&d->higher_prio_send_advert, &g->higher_prio_send_advert,
					  0) != 0,
		.owner_ignore = pick(&d->wire.owner_ignore, &g->owner_ignore, 0) != 0,
		.track_primary = d->dont_track_primary.at == NULL,
		.garp = resolve_garp(&d->garp, &g->garp),
	};
	more->starts_as_master = master || (d->state.at == NULL && ret->priority == 255);
	more->mail = d->smtp_alert.at != NULL ? d->smtp_alert.v != 0
					      : pick(&g->smtp_alert_vrrp, &g->smtp_alert, 0) != 0;
	resolve_family(rs, d, ret);
	check_identity(rs, d, ret, number);
	resolve_auth(rs, d, ret);
	resolve_preempt(rs, d, master, ret);
	resolve_vips(rs, d, ret);
	resolve_path(rs, d, ret);
	ret->route_count = resolve_routes(rs, d, ret->link, &ret->routes, &more->routings);
	resolve_tracks(rs, &d->tracks, has_link(d) ? &ret->link : NULL, number + 1, ret);
	owner_weights(rs, d, ret);
	for (size_t i = 0; i < NOTIFY_SCRIPT_COUNT; i++)
		resolve_command(rs, &d->scripts[i], d->scripts[i].user, d->scripts[i].group,
				&notify->scripts[i]);
}

static const char **list_links(struct resolver *rs)
{
	const char **list = complaints_need(
		&rs->r->complaints, arena_array(rs->r->arena, rs->links.count, sizeof(*list)));

	for (uint32_t i = 0; list != NULL && i < rs->links.count; i++)
		list[i] = rs->links.list[i].s;
	return list;
}

void resolve_instances(struct resolver *rs)
{
	struct model *m = rs->model;
	struct complaints *to = &rs->r->complaints;
	struct arena *arena = rs->r->arena;
	uint32_t count = rs->r->draft.instance_count, i = 0;
	struct instance_conf *instances = complaints_need(
		to, arena_array(arena, count, sizeof(*instances)));
	struct notify_conf *notifies = complaints_need(
		to, arena_array(arena, count, sizeof(*notifies)));
	struct instance_more *more = complaints_need(to, arena_array(arena, count, sizeof(*more)));

	if (to->nomem)
		return;
	for (const struct draft_instance *d = rs->r->draft.instances; d != NULL && !to->stop;
	     d = d->next, i++)
		resolve_instance(rs, d, i, &instances[i], &more[i], &notifies[i]);
	resolve_groups(rs, instances, more);
	m->node.instances = instances;
	m->node.instance_count = count;
	m->notifies = notifies;
	m->more = more;
	m->drafts = rs->instance_drafts;
	resolve_statics(rs);
	m->node.links = list_links(rs);
	m->node.link_count = (uint16_t)rs->links.count;
}
