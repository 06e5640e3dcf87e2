#include "conf/resolve.h"

#include "conf/near.h"

/* What an instance or a sync group tracks. */

enum { NEAR_CANDIDATES = 1000 };

/* True when the instance numbered |stamp| has not tracked |i| yet. */
static bool first_track(struct resolver *rs, const struct draft_track *t, uint32_t *seen,
			uint32_t stamp)
{
	if (*seen != stamp) {
		*seen = stamp;
		return true;
	}
	complain(&rs->r->complaints, D_AGAIN, t->name,
		 "'%s' is tracked already; the first one counts", shown(t->name).s);
	return false;
}

static void resolve_track_links(struct resolver *rs, const struct draft_tracks *d,
				const uint16_t *own, uint32_t stamp, struct instance_conf *ret)
{
	struct complaints *to = &rs->r->complaints;
	struct track_conf *links = complaints_need(
		to, arena_array(rs->r->arena, d->count, sizeof(*links)));
	uint16_t n = 0;

	if (links == NULL)
		return;
	for (const struct draft_track *t = d->first; t != NULL; t = t->next) {
		uint16_t i = resolve_link(rs, t->name);

		if (own != NULL && i == *own) {
			complain(to, D_OWN_LINK, t->name,
				 "'%s' is the instance's own interface and tracked anyway; this "
				 "entry is dropped",
				 shown(t->name).s);
			continue;
		}
		if (to->stop || !first_track(rs, t, &rs->seen_links[i], stamp))
			continue;
		links[n++] = (struct track_conf){ i, (int16_t)t->weight.v, t->reverse.v != 0 };
	}
	ret->links = links;
	ret->link_count = n;
}

/* Each kind: the keyword that defines one, and what says that there is none of that name. */
static const struct {
	const char *keyword;
	enum diag_id missing;
} kinds[TRACKED_KINDS] = {
	[TRACKED_SCRIPT] = { "vrrp_script", D_NO_CHECK },
	[TRACKED_FILE] = { "track_file", D_NO_TRACK_FILE },
};

static void no_such_thing(struct resolver *rs, enum tracked kind, const struct draft_track *t)
{
	const struct names *all = &rs->tracked[kind];
	struct near near = NEAR(t->name->s);

	for (uint32_t i = 0; i < all->count && i < NEAR_CANDIDATES; i++)
		near_offer(&near, all->list[i].s);
	if (near.best != NULL)
		complain(&rs->r->complaints, kinds[kind].missing, t->name,
			 "there is no %s '%s'; did you mean '%s'?", kinds[kind].keyword,
			 shown(t->name).s, shown_text(near.best).s);
	else
		complain(&rs->r->complaints, kinds[kind].missing, t->name, "there is no %s '%s'",
			 kinds[kind].keyword, shown(t->name).s);
}

/* The entry of one that says nothing itself. */
static struct track_conf standard_track(const struct model *m, enum tracked kind, uint16_t check)
{
	uint16_t i = (uint16_t)(check - model_first(m, kind));
	struct track_conf t = { .index = check };

	switch (kind) {
	case TRACKED_SCRIPT:
		t.weight = m->checks[i].weight;
		t.reverse = m->checks[i].reverse;
		break;
	case TRACKED_FILE:
		t.weight = m->files[i].weight;
		t.reverse = m->files[i].reverse;
		t.scaled = true;
		break;
	case TRACKED_KINDS:
		break;
	}
	return t;
}

static void resolve_track_kind(struct resolver *rs, enum tracked kind, const struct draft_tracks *d,
			       uint32_t stamp, struct track_conf *list, uint16_t *count)
{
	for (const struct draft_track *t = d->first; t != NULL; t = t->next) {
		uint32_t i = names_find(&rs->tracked[kind], t->name->s);
		struct track_conf *to = &list[*count];

		if (i == NAMES_NONE) {
			no_such_thing(rs, kind, t);
			continue;
		}
		if (!first_track(rs, t, &rs->seen_checks[i], stamp))
			continue;
		*to = standard_track(rs->model, kind, (uint16_t)i);
		if (t->weight.at != NULL)
			to->weight = (int16_t)t->weight.v;
		if (t->reverse.at != NULL)
			to->reverse = t->reverse.v != 0;
		++*count;
	}
}

void resolve_tracks(struct resolver *rs, const struct draft_tracking *d, const uint16_t *own,
		    uint32_t stamp, struct instance_conf *ret)
{
	struct track_conf *list;
	size_t total = 0;
	uint16_t count = 0;

	resolve_track_links(rs, &d->links, own, stamp, ret);
	for (int k = 0; k < TRACKED_KINDS; k++)
		total += d->kinds[k].count;
	list = complaints_need(&rs->r->complaints, arena_array(rs->r->arena, total, sizeof(*list)));
	if (list == NULL)
		return;
	for (int k = 0; k < TRACKED_KINDS; k++)
		resolve_track_kind(rs, (enum tracked)k, &d->kinds[k], stamp, list, &count);
	ret->checks = list;
	ret->check_count = count;
}
