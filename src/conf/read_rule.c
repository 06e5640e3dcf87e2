#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "conf/apply.h"
#include "conf/near.h"
#include "conf/number.h"
#include "conf/read_route.h"

/* virtual_rules { [not] [from PREFIX] [to PREFIX] [fwmark M[/MASK]] [iif IF] table N ... }, as
 * ip-rule(8) has it. */

struct reading {
	struct reader *r;
	struct draft_route *d;
	struct rule *rule;
	bool has_action;
};

static bool read_from(struct reading *x, const struct word *w)
{
	return route_prefix(x->r, x->d, w, &x->rule->from);
}

static bool read_to(struct reading *x, const struct word *w)
{
	return route_prefix(x->r, x->d, w, &x->rule->to);
}

static bool read_table(struct reading *x, const struct word *w)
{
	x->has_action = true;
	return route_table(x->r, w, &x->rule->table);
}

static bool read_priority(struct reading *x, const struct word *w)
{
	return route_u32(x->r, w, 1, UINT32_MAX, &x->rule->priority);
}

static bool read_goto(struct reading *x, const struct word *w)
{
	x->has_action = true;
	x->rule->action = FR_ACT_GOTO;
	return route_u32(x->r, w, 1, UINT32_MAX, &x->rule->target);
}

static bool read_tos(struct reading *x, const struct word *w)
{
	uint32_t v = 0;

	if (!route_u32(x->r, w, 0, 255, &v))
		return false;
	x->rule->tos = (uint8_t)v;
	return true;
}

static bool read_suppress(struct reading *x, const struct word *w)
{
	uint32_t v = 0;

	if (!route_u32(x->r, w, 0, 128, &v))
		return false;
	x->rule->suppress = (int32_t)v;
	return true;
}

/* MARK or MARK/MASK, each decimal or 0x... */
static bool read_mark(struct reading *x, const struct word *w)
{
	const char *slash = strchr(w->s, '/');
	size_t len = slash != NULL ? (size_t)(slash - w->s) : w->len;

	x->rule->mask = UINT32_MAX;
	if (route_hex(w->s, len, &x->rule->mark) &&
	    (slash == NULL ||
	     (route_hex(slash + 1, strlen(slash + 1), &x->rule->mask) && x->rule->mask != 0)))
		return true;
	complain(&x->r->complaints, D_NUMBER, w,
		 "'%s' is not a mark: a number, decimal or 0x..., and perhaps a mask after a '/'",
		 shown(w).s);
	return false;
}

static bool read_name(struct reading *x, const struct word *w, const char **ret)
{
	struct setting link = { 0 };

	*ret = w->s;
	return apply_link(x->r, w, &link);
}

static bool read_iif(struct reading *x, const struct word *w)
{
	return read_name(x, w, &x->rule->iif);
}

static bool read_oif(struct reading *x, const struct word *w)
{
	return read_name(x, w, &x->rule->oif);
}

static bool take_not(struct reading *x, const struct word *w)
{
	(void)w;
	x->rule->invert = true;
	return true;
}

static bool take_action(struct reading *x, const struct word *w)
{
	x->has_action = true;
	x->rule->action = strcmp(w->s, "blackhole") == 0  ? FR_ACT_BLACKHOLE
			  : strcmp(w->s, "prohibit") == 0 ? FR_ACT_PROHIBIT
							  : FR_ACT_UNREACHABLE;
	return true;
}

static bool take_no_track(struct reading *x, const struct word *w)
{
	(void)w;
	x->d->no_track = true;
	return true;
}

/* |takes|: what must follow, in words; NULL: nothing. */
static const struct {
	const char *name, *takes;
	bool (*read)(struct reading *, const struct word *);
} options[] = {
	{ "from", "a network or 'all'", read_from },
	{ "to", "a network or 'all'", read_to },
	{ "table", "a number, main, local or default", read_table },
	{ "lookup", "a number, main, local or default", read_table },
	{ "priority", "a number", read_priority },
	{ "preference", "a number", read_priority },
	{ "pref", "a number", read_priority },
	{ "order", "a number", read_priority },
	{ "fwmark", "a number, and perhaps a mask after a '/'", read_mark },
	{ "iif", "the name of an interface", read_iif },
	{ "dev", "the name of an interface", read_iif },
	{ "oif", "the name of an interface", read_oif },
	{ "tos", "a number, 0 to 255", read_tos },
	{ "dsfield", "a number, 0 to 255", read_tos },
	{ "goto", "the priority of another rule", read_goto },
	{ "suppress_prefixlength", "a number, 0 to 128", read_suppress },
	{ "suppress_prefixlen", "a number, 0 to 128", read_suppress },
	{ "not", NULL, take_not },
	{ "blackhole", NULL, take_action },
	{ "prohibit", NULL, take_action },
	{ "unreachable", NULL, take_action },
	{ "no_track", NULL, take_no_track },
};

enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

static const char *const later[] = {
	"inet", "inet6", "realms",   "suppress_ifgroup", "ipproto",     "sport",  "dport", "tun_id",
	"nop",  "type",  "uidrange", "l3mdev",           "track_group", "map-to", "nat",
};

static void unknown(struct reading *x, const struct word *w)
{
	struct near near = NEAR(w->s);

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (strcmp(later[i], w->s) == 0) {
			complain(&x->r->complaints, D_LATER, w,
				 "'%s' is an option of keepalived that buoy does not have yet",
				 w->s);
			return;
		}
	for (size_t i = 0; i < OPTIONS; i++)
		near_offer(&near, options[i].name);
	if (near.best != NULL)
		complain(&x->r->complaints, D_UNKNOWN, w,
			 "'%s' is not an option of a rule; did you mean '%s'?", shown(w).s,
			 near.best);
	else
		complain(&x->r->complaints, D_UNKNOWN, w,
			 "'%s' is not an option of a rule; every rule stands on its own line",
			 shown(w).s);
}

/* Reads words from |i| on; returns how many, 0 after a complaint. */
static uint32_t read_words(struct reading *x, const struct statement *s, uint32_t i)
{
	const struct word *w = &s->words[i];

	for (size_t o = 0; o < OPTIONS; o++) {
		if (strcmp(options[o].name, w->s) != 0)
			continue;
		if (options[o].takes == NULL)
			return options[o].read(x, w) ? 1 : 0;
		if (i + 1 < s->count)
			return options[o].read(x, w + 1) ? 2 : 0;
		complain(&x->r->complaints, D_NO_VALUE, w, "'%s' needs its value: %s", w->s,
			 options[o].takes);
		return 0;
	}
	unknown(x, w);
	return 0;
}

bool rule_read(struct reader *r, struct draft_route *d, const struct statement *s)
{
	struct reading x = { .r = r, .d = d, .rule = &d->what.rule };
	uint32_t n;

	d->what.is_rule = true;
	d->what.rule = (struct rule){ .action = FR_ACT_TO_TBL, .suppress = -1 };
	for (uint32_t i = 0; i < s->count; i += n) {
		n = read_words(&x, s, i);
		if (n == 0)
			return false;
	}
	if (!x.has_action) {
		complain(&r->complaints, D_NO_VALUE, &s->words[0],
			 "a rule needs 'table', or an action: goto, blackhole, prohibit or "
			 "unreachable");
		return false;
	}
	if (d->what.family == ADDR_NONE)
		d->what.family = ADDR_V4;
	return true;
}
