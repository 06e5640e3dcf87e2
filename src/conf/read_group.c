#include "conf/apply.h"

/* vrrp_sync_group NAME { group { INSTANCE ... } ... } */

void read_vrrp_sync_group(struct reader *r, void *draft, const struct key *key,
			  const struct statement *s)
{
	struct draft_group *g = complaints_need(&r->complaints,
						arena_new(r->arena, struct draft_group));

	(void)draft;
	if (g == NULL)
		return;
	g->name = apply_name(r, key, s);
	g->faulty = !apply_block(r, KEYS_GROUP, g, s->first);
	if (g->name == NULL)
		return;
	if (r->draft.last_group != NULL)
		r->draft.last_group->next = g;
	else
		r->draft.groups = g;
	r->draft.last_group = g;
	r->draft.group_count++;
}

static bool add_member(struct reader *r, struct draft_group *g, const struct word *w)
{
	struct draft_member *m = complaints_need(&r->complaints,
						 arena_new(r->arena, struct draft_member));

	if (m == NULL)
		return false;
	m->at = w;
	if (g->last_member != NULL)
		g->last_member->next = m;
	else
		g->members = m;
	g->last_member = m;
	g->member_count++;
	return true;
}

void read_members(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	struct draft_group *g = draft;

	g->group.at = &s->words[0];
	apply_no_more(r, s, 1, "no name");
	for (s = s->first; s != NULL; s = s->next) {
		if (s->broken)
			continue;
		if (s->block) {
			complain(&r->complaints, D_BLOCK, &s->words[0],
				 "an entry of '%s' takes no block in braces", key->name);
			continue;
		}
		for (uint32_t i = 0; i < s->count; i++)
			if (!add_member(r, g, &s->words[i]))
				return;
	}
}

void read_obsolete(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	(void)draft;
	complain(&r->complaints, D_NO_EFFECT, &s->words[0], "'%s' is obsolete and has no effect",
		 key->name);
}
