#include "conf/resolve.h"

#include <string.h>

#include "conf/near.h"

/* Sync groups. What a group tracks, and what a member tracks with a weight, is put into the list of
 * each member that does not track it itself, so that their priorities move together. */

enum { NEAR_CANDIDATES = 1000, MEMBERS_MAX = UINT16_MAX };

/* What all members are to track. */
struct shared {
	struct track_conf *list;
	uint32_t count;
};

static bool tracks(const struct track_conf *list, uint32_t count, uint16_t index)
{
	for (uint32_t i = 0; i < count; i++)
		if (list[i].index == index)
			return true;
	return false;
}

static void share(struct shared *s, const struct track_conf *list, uint16_t count, bool weighted)
{
	for (uint16_t i = 0; i < count; i++)
		if ((!weighted || list[i].weight != 0) && !tracks(s->list, s->count, list[i].index))
			s->list[s->count++] = list[i];
}

/* |own| and those of |s| it does not have; |not| is left out. */
static const struct track_conf *join(struct resolver *rs, const struct shared *s,
				     const struct track_conf *own, uint32_t not, uint16_t *count)
{
	struct track_conf *all = complaints_need(
		&rs->r->complaints,
		arena_array(rs->r->arena, (size_t)*count + s->count, sizeof(*all)));
	uint16_t n = *count;

	if (all == NULL)
		return own;
	for (uint16_t i = 0; i < n; i++)
		all[i] = own[i];
	for (uint32_t i = 0; i < s->count; i++)
		if (s->list[i].index != not &&!tracks(own, *count, s->list[i].index))
			all[n++] = s->list[i];
	*count = n;
	return all;
}

static bool room_for(struct resolver *rs, struct shared *s, size_t count)
{
	s->list = complaints_need(&rs->r->complaints,
				  arena_array(rs->r->arena, count, sizeof(*s->list)));
	return s->list != NULL;
}

static void share_tracks(struct resolver *rs, const struct group_conf *g,
			 const struct instance_conf *group_tracks, struct instance_conf *instances)
{
	size_t checks = group_tracks->check_count, links = group_tracks->link_count;
	struct shared all_checks = { 0 }, all_links = { 0 };

	for (uint16_t m = 0; m < g->member_count; m++) {
		checks += instances[g->members[m]].check_count;
		links += instances[g->members[m]].link_count;
	}
	if (!room_for(rs, &all_checks, checks) || !room_for(rs, &all_links, links))
		return;
	share(&all_checks, group_tracks->checks, group_tracks->check_count, false);
	share(&all_links, group_tracks->links, group_tracks->link_count, false);
	for (uint16_t m = 0; m < g->member_count; m++) {
		const struct instance_conf *i = &instances[g->members[m]];

		share(&all_checks, i->checks, i->check_count, true);
		share(&all_links, i->links, i->link_count, true);
	}
	for (uint16_t m = 0; m < g->member_count; m++) {
		struct instance_conf *i = &instances[g->members[m]];

		i->checks = join(rs, &all_checks, i->checks, UINT32_MAX, &i->check_count);
		i->links = join(rs, &all_links, i->links, i->link, &i->link_count);
	}
}

/* ---- members ---------------------------------------------------------------------------- */

static void no_such_instance(struct resolver *rs, const struct word *w)
{
	struct near near = NEAR(w->s);

	for (uint32_t i = 0; i < rs->instances.count && i < NEAR_CANDIDATES; i++)
		near_offer(&near, rs->instances.list[i].s);
	if (near.best != NULL)
		complain(&rs->r->complaints, D_NO_MEMBER, w,
			 "there is no vrrp_instance '%s'; did you mean '%s'?", shown(w).s,
			 shown_text(near.best).s);
	else
		complain(&rs->r->complaints, D_NO_MEMBER, w, "there is no vrrp_instance '%s'",
			 shown(w).s);
}

/* True when instance |i| may be a member of |d| and is none yet. |taken| is by instance. */
static bool may_join(struct resolver *rs, const struct draft_group *d, const struct word *w,
		     const struct draft_group **taken, uint32_t i)
{
	struct complaints *to = &rs->r->complaints;

	if (taken[i] == NULL) {
		taken[i] = d;
		return true;
	}
	if (taken[i] == d)
		complain(to, D_AGAIN, w, "'%s' is a member already; once is enough", shown(w).s);
	else
		complain(to, D_TWICE, w, "'%s' is a member of vrrp_sync_group '%s' already, in %s",
			 shown(w).s, shown(taken[i]->name).s, resolve_place(taken[i]->name, w).s);
	return false;
}

static void resolve_members(struct resolver *rs, const struct draft_group *d,
			    const struct draft_group **taken, struct group_conf *ret)
{
	struct complaints *to = &rs->r->complaints;
	uint32_t *members = complaints_need(
		to, arena_array(rs->r->arena, d->member_count, sizeof(*members)));
	uint16_t n = 0;

	if (members == NULL)
		return;
	if (d->member_count > MEMBERS_MAX) {
		complain(to, D_TOO_MANY, d->name, "more than %d members", MEMBERS_MAX);
		return;
	}
	for (const struct draft_member *m = d->members; m != NULL; m = m->next) {
		uint32_t i = names_find(&rs->instances, m->at->s);

		if (i == NAMES_NONE)
			no_such_instance(rs, m->at);
		else if (may_join(rs, d, m->at, taken, i))
			members[n++] = i;
	}
	ret->members = members;
	ret->member_count = n;
	if (d->member_count == 0 && !d->faulty)
		complain(to, D_MISSING, d->name, "vrrp_sync_group '%s' has no members in a 'group'",
			 shown(d->name).s);
	else if (n == 1 && d->member_count == 1)
		complain(to, D_LONELY, d->name,
			 "vrrp_sync_group '%s' has one member only: there is nothing to keep in "
			 "step",
			 shown(d->name).s);
}

static void resolve_group(struct resolver *rs, const struct draft_group *d, uint32_t number,
			  const struct draft_group **taken, struct group_conf *ret,
			  struct instance_conf *instances)
{
	struct complaints *to = &rs->r->complaints;
	struct instance_conf group_tracks = { 0 };
	uint32_t stamp = rs->r->draft.instance_count + number + 1;

	ret->name = d->name->s;
	for (const struct draft_group *g = rs->r->draft.groups; g != d; g = g->next)
		if (strcmp(g->name->s, d->name->s) == 0) {
			complain(to, D_TWICE, d->name,
				 "there is a vrrp_sync_group '%s' already, in %s", shown(d->name).s,
				 resolve_place(g->name, d->name).s);
			return;
		}
	resolve_members(rs, d, taken, ret);
	resolve_tracks(rs, &d->tracks, NULL, stamp, &group_tracks);
	share_tracks(rs, ret, &group_tracks, instances);
}

void resolve_groups(struct resolver *rs, struct instance_conf *instances,
		    struct instance_more *instances_more)
{
	const struct draft *draft = &rs->r->draft;
	const struct draft_global *global = &draft->global;
	struct complaints *to = &rs->r->complaints;
	struct arena *arena = rs->r->arena;
	uint32_t count = draft->group_count, n = 0;
	struct group_conf *groups = complaints_need(to, arena_array(arena, count, sizeof(*groups)));
	struct group_more *more = complaints_need(to, arena_array(arena, count, sizeof(*more)));
	const struct draft_group **taken = complaints_need(
		to, arena_array(arena, draft->instance_count, sizeof(void *)));

	if (to->nomem)
		return;
	if (count > MEMBERS_MAX) {
		complain(to, D_TOO_MANY, draft->last_group->name, "more than %d sync groups",
			 MEMBERS_MAX);
		return;
	}
	for (const struct draft_group *d = draft->groups; d != NULL && !to->stop; d = d->next) {
		bool mail = global->smtp_alert_vrrp.at != NULL ? global->smtp_alert_vrrp.v != 0
							       : global->smtp_alert.v != 0;

		resolve_group(rs, d, n, taken, &groups[n], instances);
		more[n].mail = d->smtp_alert.at != NULL ? d->smtp_alert.v != 0 : mail;
		for (size_t i = 0; i < NOTIFY_SCRIPT_COUNT; i++)
			resolve_command(rs, &d->scripts[i], d->scripts[i].user, d->scripts[i].group,
					&more[n].notify.scripts[i]);
		n++;
	}
	for (uint32_t i = 0; i < draft->instance_count; i++)
		instances_more[i].group = taken[i] != NULL ? taken[i]->name->s : NULL;
	rs->model->node.groups = groups;
	rs->model->node.group_count = (uint16_t)count;
	rs->model->groups = more;
}
