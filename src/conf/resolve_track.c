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

static void no_such_check(struct resolver *rs, const struct draft_track *t)
{
	struct near near = NEAR(t->name->s);

	for (uint32_t i = 0; i < rs->checks.count && i < NEAR_CANDIDATES; i++)
		near_offer(&near, rs->checks.list[i].s);
	if (near.best != NULL)
		complain(&rs->r->complaints, D_NO_CHECK, t->name,
			 "there is no vrrp_script '%s'; did you mean '%s'?", shown(t->name).s,
			 shown_text(near.best).s);
	else
		complain(&rs->r->complaints, D_NO_CHECK, t->name, "there is no vrrp_script '%s'",
			 shown(t->name).s);
}

static void resolve_track_checks(struct resolver *rs, const struct draft_tracks *d, uint32_t stamp,
				 struct instance_conf *ret)
{
	struct complaints *to = &rs->r->complaints;
	struct track_conf *checks = complaints_need(
		to, arena_array(rs->r->arena, d->count, sizeof(*checks)));
	uint16_t n = 0;

	if (checks == NULL)
		return;
	for (const struct draft_track *t = d->first; t != NULL; t = t->next) {
		uint32_t i = names_find(&rs->checks, t->name->s);
		const struct check_conf *c;

		if (i == NAMES_NONE) {
			no_such_check(rs, t);
			continue;
		}
		c = &rs->model->checks[i];
		if (!first_track(rs, t, &rs->seen_checks[i], stamp))
			continue;
		checks[n++] = (struct track_conf){
			.index = (uint16_t)i,
			.weight = t->weight.at != NULL ? (int16_t)t->weight.v : c->weight,
			.reverse = t->reverse.at != NULL ? t->reverse.v != 0 : c->reverse,
		};
	}
	ret->checks = checks;
	ret->check_count = n;
}

void resolve_tracks(struct resolver *rs, const struct draft_tracking *d, const uint16_t *own,
		    uint32_t stamp, struct instance_conf *ret)
{
	resolve_track_links(rs, &d->links, own, stamp, ret);
	resolve_track_checks(rs, &d->checks, stamp, ret);
}
