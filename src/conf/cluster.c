#include "conf/cluster.h"

#include <string.h>

#include "base/err.h"
#include "conf/complaint.h"
#include "conf/draft.h"

/* An instance of a node: its configuration, and where it stands. */
struct side {
	const struct model *m;
	const struct instance_conf *i;
	const struct draft_instance *d;
};

struct cluster {
	struct complaints *to;
	const struct model *const *models;
	uint32_t count;
};

static struct side side(const struct model *m, uint32_t number)
{
	return (struct side){ m, &m->node.instances[number], m->drafts[number] };
}

/* The instance of |m| that is the same virtual router as |s|: of the same name, else of the same
 * VRID and with an address in common, else the only one of that VRID. */
static bool find_other(const struct model *m, const struct side *s, struct side *ret)
{
	uint32_t same_vrid = 0, count = m->node.instance_count, found = count;

	for (uint32_t n = 0; n < count; n++) {
		const struct instance_conf *i = &m->node.instances[n];

		if (strcmp(i->name, s->i->name) == 0) {
			*ret = side(m, n);
			return true;
		}
		if (i->vrid != s->i->vrid || i->family != s->i->family)
			continue;
		same_vrid++;
		found = n;
	}
	if (same_vrid != 1)
		return false;
	*ret = side(m, found);
	return true;
}

/* Where something of an instance stands: its own keyword, or the name when that is not given. */
static const struct word *place(const struct side *s, const struct word *at)
{
	return at != NULL ? at : s->d->name;
}

struct location {
	char s[160];
};

static struct location locate(const struct side *s, const struct word *at)
{
	struct location r = { .s = "" };
	struct text t = TEXT(r.s);

	at = place(s, at);
	text_fmt(&t, "%s:%u", shown_text(at->source->name).s, at->line);
	return r;
}

static void compare_numbers(struct cluster *c, const struct side *a, const struct side *b)
{
	char mine[32], theirs[32];
	struct text t = TEXT(mine), o = TEXT(theirs);

	if (a->i->vrid != b->i->vrid)
		complain(c->to, D_PEER_VRID, place(a, a->d->vrid.at),
			 "'%s' has VRID %u here, and %u at %s: the nodes do not hear each other",
			 shown(a->d->name).s, a->i->vrid, b->i->vrid, locate(b, b->d->vrid.at).s);
	if (a->i->version != b->i->version)
		complain(c->to, D_PEER_VERSION, place(a, a->d->version.at),
			 "'%s' speaks VRRP version %u here, and %u at %s", shown(a->d->name).s,
			 a->i->version, b->i->version, locate(b, b->d->version.at).s);
	if (a->i->advert_us == b->i->advert_us)
		return;
	text_seconds(&t, a->i->advert_us);
	text_seconds(&o, b->i->advert_us);
	complain(c->to, D_PEER_INTERVAL, place(a, a->d->advert_int.at),
		 "'%s' has an advert_int of %s s here, and of %s s at %s", shown(a->d->name).s,
		 mine, theirs, locate(b, b->d->advert_int.at).s);
}

static void compare_auth(struct cluster *c, const struct side *a, const struct side *b)
{
	const char *what = a->i->auth_type == b->i->auth_type ? "password" : "authentication";

	if (a->i->auth_type == b->i->auth_type &&
	    memcmp(a->i->auth_key, b->i->auth_key, sizeof(a->i->auth_key)) == 0)
		return;
	complain(c->to, D_PEER_AUTH, place(a, a->d->auth.at),
		 "'%s' has another %s here than at %s: the nodes drop each other's adverts",
		 shown(a->d->name).s, what, locate(b, b->d->auth.at).s);
}

/* Whether |s| has the address |v|, advertised or not as |v| is. */
static bool has_vip(const struct side *s, const struct draft_vip *v)
{
	for (const struct draft_vip *o = s->d->vips; o != NULL; o = o->next)
		if (addr_equal(&o->addr, &v->addr) && o->excluded == v->excluded)
			return true;
	return false;
}

static void compare_vips(struct cluster *c, const struct side *a, const struct side *b)
{
	for (const struct draft_vip *v = a->d->vips; v != NULL; v = v->next)
		if (!has_vip(b, v))
			complain(c->to, D_PEER_VIPS, v->at,
				 "'%s' has this address here, but not at %s", shown(a->d->name).s,
				 locate(b, b->d->vips != NULL ? b->d->vips->at : NULL).s);
	for (const struct draft_vip *v = b->d->vips; v != NULL; v = v->next)
		if (!has_vip(a, v))
			complain(c->to, D_PEER_VIPS,
				 place(a, a->d->vips != NULL ? a->d->vips->at : NULL),
				 "'%s' lacks the address %s here, which it has at %s",
				 shown(a->d->name).s, shown(v->at).s, locate(b, v->at).s);
}

static void compare_priorities(struct cluster *c, const struct side *a, const struct side *b)
{
	if (a->i->priority != b->i->priority)
		return;
	if (a->i->priority == 255)
		complain(c->to, D_PEER_OWNERS, place(a, a->d->priority.at),
			 "'%s' has priority 255 here, and at %s: neither gives way",
			 shown(a->d->name).s, locate(b, b->d->priority.at).s);
	else
		complain(c->to, D_SAME_PRIORITY, place(a, a->d->priority.at),
			 "'%s' has priority %u here, and at %s: the greater IP address decides",
			 shown(a->d->name).s, a->i->priority, locate(b, b->d->priority.at).s);
}

/* ---- weights ------------------------------------------------------------------------------- */

static int clamp(int v)
{
	return v < 1 ? 1 : v > 254 ? 254 : v;
}

/* The priority when all checks are well, or when none is. False: a tracker is reversed, or a file
 * that may say anything. */
static bool priority_when(const struct instance_conf *i, bool well, int *ret)
{
	int p = i->priority;

	for (uint16_t n = 0; n < i->check_count; n++) {
		int weight = i->checks[n].weight;

		if (i->checks[n].reverse || i->checks[n].scaled)
			return false;
		if ((weight > 0) == well)
			p += weight;
	}
	*ret = i->priority == 255 ? 255 : clamp(p);
	return true;
}

static const struct word *first_weight(const struct side *s)
{
	for (const struct draft_track *t = s->d->tracks.kinds[TRACKED_SCRIPT].first; t != NULL;
	     t = t->next)
		if (t->weight.at != NULL && t->weight.v != 0)
			return t->weight.at;
	return s->d->tracks.kinds[TRACKED_SCRIPT].first != NULL
		       ? s->d->tracks.kinds[TRACKED_SCRIPT].first->name
		       : s->d->name;
}

/* On the best node: whether any other comes up to it when all its checks have failed. */
static void compare_weights(struct cluster *c, const struct side *a)
{
	int worst = 0, best = 0, well, highest = 0;
	bool weighted = false;
	struct side other;

	for (uint16_t n = 0; n < a->i->check_count; n++)
		weighted = weighted || a->i->checks[n].weight != 0;
	if (!weighted || !priority_when(a->i, false, &worst) || !priority_when(a->i, true, &best))
		return;
	for (uint32_t k = 0; k < c->count; k++) {
		if (c->models[k] == a->m || !find_other(c->models[k], a, &other))
			continue;
		if (!priority_when(other.i, true, &well))
			return;
		highest = well > highest ? well : highest;
	}
	if (highest == 0 || best <= highest || worst <= highest)
		return;
	complain(c->to, D_USELESS_WEIGHT, first_weight(a),
		 "even with all its checks failed '%s' has priority %d here, and no other node has "
		 "more than %d: the checks never move the address",
		 shown(a->d->name).s, worst, highest);
}

/* ---- nodes --------------------------------------------------------------------------------- */

static void check_instance(struct cluster *c, uint32_t which, const struct side *a)
{
	bool alone = true, compared = false;
	struct side b;

	for (uint32_t k = 0; k < c->count; k++) {
		if (k == which || !find_other(c->models[k], a, &b))
			continue;
		alone = false;
		if (k > which)
			continue;
		if (!compared) {
			compare_numbers(c, a, &b);
			compare_auth(c, a, &b);
			compare_vips(c, a, &b);
			compared = true;
		}
		compare_priorities(c, a, &b);
	}
	if (alone)
		complain(c->to, D_ALONE, a->d->name,
			 "'%s' stands in none of the other files: nobody takes over from this node",
			 shown(a->d->name).s);
	compare_weights(c, a);
}

int cluster_check(struct arena *arena, const struct model *const *models, uint32_t count,
		  uint32_t which, struct diags *ret)
{
	struct complaints to;
	struct cluster c = { &to, models, count };
	const struct model *m = models[which];

	complaints_init(&to, arena);
	for (uint32_t i = 0; i < m->node.instance_count && !to.stop; i++) {
		struct side a = side(m, i);

		check_instance(&c, which, &a);
	}
	*ret = complaints_end(&to);
	return to.nomem ? E_NOMEM : 0;
}
