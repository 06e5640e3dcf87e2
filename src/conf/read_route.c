#include "conf/read_route.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "base/err.h"
#include "conf/apply.h"
#include "conf/near.h"
#include "conf/number.h"

/* virtual_routes { [TYPE] [to] PREFIX [via A [or B] ...] [dev IF] ... }, as ip-route(8) has it. */

/* A route while it is read: |hop| is the one that options go to. */
struct reading {
	struct reader *r;
	struct draft_route *d;
	struct route *route;
	uint8_t hop;
	bool has_to, has_scope, nexthops;
};

static struct route_hop *hop_of(struct reading *x)
{
	if (x->route->hop_count == 0)
		x->route->hop_count = 1;
	return &x->route->hops[x->hop];
}

static bool next_hop(struct reading *x, const struct word *w)
{
	if (x->route->hop_count == ROUTE_HOPS_MAX) {
		complain(&x->r->complaints, D_TOO_MANY, w, "more than %d next hops",
			 ROUTE_HOPS_MAX);
		return false;
	}
	x->hop = x->route->hop_count++;
	x->route->hops[x->hop] = (struct route_hop){ .link = ROUTE_LINK_NONE, .weight = 1 };
	return true;
}

/* ---- values ----------------------------------------------------------------------------- */

static bool read_to(struct reading *x, const struct word *w)
{
	x->has_to = true;
	return route_prefix(x->r, x->d, w, &x->route->to);
}

static bool read_via(struct reading *x, const struct word *w)
{
	struct route_hop *h = hop_of(x);

	return route_addr(x->r, x->d, w, &h->via);
}

static bool read_or(struct reading *x, const struct word *w)
{
	return next_hop(x, w) && read_via(x, w);
}

static bool read_src(struct reading *x, const struct word *w)
{
	return route_addr(x->r, x->d, w, &x->route->src);
}

static bool read_dev(struct reading *x, const struct word *w)
{
	struct setting link = { 0 };

	(void)hop_of(x);
	x->d->devs[x->hop] = w;
	return apply_link(x->r, w, &link);
}

static bool read_table(struct reading *x, const struct word *w)
{
	return route_table(x->r, w, &x->route->table);
}

static bool read_scope(struct reading *x, const struct word *w)
{
	x->has_scope = true;
	return route_scope(x->r, w, &x->route->scope);
}

static bool read_metric(struct reading *x, const struct word *w)
{
	return route_u32(x->r, w, 0, UINT32_MAX, &x->route->metric);
}

static bool read_mtu(struct reading *x, const struct word *w)
{
	return route_u32(x->r, w, 68, 65535, &x->route->mtu);
}

static bool read_advmss(struct reading *x, const struct word *w)
{
	return route_u32(x->r, w, 1, 65535, &x->route->advmss);
}

static bool read_byte(struct reading *x, const struct word *w, uint32_t least, uint8_t *ret)
{
	uint32_t v = 0;

	if (!route_u32(x->r, w, least, 255, &v))
		return false;
	*ret = (uint8_t)v;
	return true;
}

static bool read_tos(struct reading *x, const struct word *w)
{
	return read_byte(x, w, 0, &x->route->tos);
}

static bool read_proto(struct reading *x, const struct word *w)
{
	return read_byte(x, w, 1, &x->route->proto);
}

static bool read_weight_of_hop(struct reading *x, const struct word *w)
{
	uint32_t v = 0;

	if (!route_u32(x->r, w, 1, 256, &v))
		return false;
	hop_of(x)->weight = (uint16_t)v;
	return true;
}

/* ---- words that stand alone ------------------------------------------------------------- */

static bool take_nexthop(struct reading *x, const struct word *w)
{
	bool first = !x->nexthops && x->route->hop_count == 0;

	x->nexthops = true;
	if (!first)
		return next_hop(x, w);
	(void)hop_of(x);
	return true;
}

static bool take_onlink(struct reading *x, const struct word *w)
{
	(void)w;
	hop_of(x)->onlink = true;
	return true;
}

static bool take_no_track(struct reading *x, const struct word *w)
{
	(void)w;
	x->d->no_track = true;
	return true;
}

/* ---- the tables ------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint8_t type;
} types[] = {
	{ "unicast", RTN_UNICAST },     { "local", RTN_LOCAL },
	{ "broadcast", RTN_BROADCAST }, { "multicast", RTN_MULTICAST },
	{ "blackhole", RTN_BLACKHOLE }, { "unreachable", RTN_UNREACHABLE },
	{ "prohibit", RTN_PROHIBIT },   { "throw", RTN_THROW },
};

/* |takes|: what must follow, in words; NULL: nothing. */
static const struct {
	const char *name, *takes;
	bool (*read)(struct reading *, const struct word *);
	const char *better; /* NULL: the word is good */
} options[] = {
	{ "to", "a network or 'default'", read_to },
	{ "via", "the address of a gateway", read_via },
	{ "gw", "the address of a gateway", read_via, "via" },
	{ "or", "the address of another gateway", read_or, "nexthop" },
	{ "dev", "the name of an interface", read_dev },
	{ "src", "an address of this host", read_src },
	{ "table", "a number, main, local or default", read_table },
	{ "metric", "a number", read_metric },
	{ "priority", "a number", read_metric },
	{ "preference", "a number", read_metric },
	{ "scope", "global, site, link, host or nowhere", read_scope },
	{ "mtu", "a number, 68 to 65535", read_mtu },
	{ "advmss", "a number, 1 to 65535", read_advmss },
	{ "tos", "a number, 0 to 255", read_tos },
	{ "dsfield", "a number, 0 to 255", read_tos },
	{ "proto", "a number, 1 to 255", read_proto },
	{ "protocol", "a number, 1 to 255", read_proto },
	{ "weight", "a number, 1 to 256", read_weight_of_hop },
	{ "nexthop", NULL, take_nexthop },
	{ "onlink", NULL, take_onlink },
	{ "no_track", NULL, take_no_track },
};

enum { TYPES = sizeof(types) / sizeof(types[0]), OPTIONS = sizeof(options) / sizeof(options[0]) };

static const char *const later[] = {
	"inet",        "inet6",         "lock",     "hoplimit", "rtt",
	"rttvar",      "ssthresh",      "cwnd",     "realm",    "realms",
	"window",      "reordering",    "pref",     "features", "quickack",
	"encap",       "initcwnd",      "initrwnd", "congctl",  "expires",
	"rto_min",     "ttl-propagate", "nat",      "anycast",  "fastopen_no_cookie",
	"track_group", "add",           "append",   "prepend",
};

static bool unknown(struct reading *x, const struct word *w)
{
	struct near near = NEAR(w->s);

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (strcmp(later[i], w->s) == 0) {
			complain(&x->r->complaints, D_LATER, w,
				 "'%s' is an option of keepalived that buoy does not have yet",
				 w->s);
			return false;
		}
	for (size_t i = 0; i < OPTIONS; i++)
		near_offer(&near, options[i].name);
	if (near.best != NULL)
		complain(&x->r->complaints, D_UNKNOWN, w,
			 "'%s' is not an option of a route; did you mean '%s'?", shown(w).s,
			 near.best);
	else
		complain(&x->r->complaints, D_UNKNOWN, w,
			 "'%s' is not an option of a route; every route stands on its own line",
			 shown(w).s);
	return false;
}

/* Reads words from |i| on; returns how many, 0 after a complaint. */
static uint32_t read_words(struct reading *x, const struct statement *s, uint32_t i)
{
	const struct word *w = &s->words[i];

	for (size_t t = 0; i == 0 && t < TYPES; t++)
		if (strcmp(types[t].name, w->s) == 0) {
			x->route->type = types[t].type;
			return 1;
		}
	for (size_t o = 0; o < OPTIONS; o++) {
		if (strcmp(options[o].name, w->s) != 0)
			continue;
		if (options[o].takes == NULL)
			return options[o].read(x, w) ? 1 : 0;
		if (options[o].better != NULL)
			complain(&x->r->complaints, D_OLD_WORD, w, "'%s' is an old word; use '%s'",
				 w->s, options[o].better);
		if (i + 1 < s->count)
			return options[o].read(x, w + 1) ? 2 : 0;
		complain(&x->r->complaints, D_NO_VALUE, w, "'%s' needs its value: %s", w->s,
			 options[o].takes);
		return 0;
	}
	if (x->has_to || !route_is_prefix(w))
		return unknown(x, w) ? 1 : 0;
	return read_to(x, w) ? 1 : 0;
}

/* ---- the whole of it -------------------------------------------------------------------- */

static bool leads_nowhere(uint8_t type)
{
	return type == RTN_BLACKHOLE || type == RTN_UNREACHABLE || type == RTN_PROHIBIT ||
	       type == RTN_THROW;
}

uint8_t route_standard_scope(const struct route *r, uint8_t family)
{
	if (family == ADDR_V6)
		return RT_SCOPE_UNIVERSE;
	if (r->type == RTN_LOCAL)
		return RT_SCOPE_HOST;
	if (r->type == RTN_BROADCAST || r->type == RTN_MULTICAST)
		return RT_SCOPE_LINK;
	return r->type == RTN_UNICAST && r->hop_count == 1 && r->hops[0].via.family == ADDR_NONE
		       ? RT_SCOPE_LINK
		       : RT_SCOPE_UNIVERSE;
}

static bool is_whole(struct reading *x, const struct statement *s)
{
	struct complaints *to = &x->r->complaints;
	const struct route *r = x->route;

	if (!x->has_to) {
		complain(to, D_NO_VALUE, &s->words[0],
			 "a route needs a destination: a network or 'default'");
		return false;
	}
	if (leads_nowhere(r->type) && r->hop_count > 0) {
		complain(to, D_EXTRA, &s->words[0],
			 "'%s' leads nowhere: it takes neither 'via' nor 'dev'",
			 shown(&s->words[0]).s);
		return false;
	}
	if (leads_nowhere(r->type) || r->hop_count > 0)
		return true;
	complain(to, D_NO_VALUE, &s->words[0], "a route needs 'via' a gateway or 'dev'");
	return false;
}

/* |via| A |or| B |dev| IF: the interface is that of both. */
static void share_dev(struct reading *x)
{
	const struct word *dev = x->d->devs[x->hop];

	for (uint8_t i = 0; !x->nexthops && i < x->route->hop_count; i++)
		if (x->d->devs[i] == NULL)
			x->d->devs[i] = dev;
}

bool route_read(struct reader *r, struct draft_route *d, const struct statement *s)
{
	struct reading x = { .r = r, .d = d, .route = &d->what.route };
	uint32_t i = 0, n;

	d->what.route = (struct route){ .type = RTN_UNICAST,
					.table = RT_TABLE_MAIN,
					.proto = ROUTE_PROTO_VRRP,
					.hops = { { .link = ROUTE_LINK_NONE, .weight = 1 } } };
	for (; i < s->count; i += n) {
		n = read_words(&x, s, i);
		if (n == 0)
			return false;
	}
	if (!is_whole(&x, s))
		return false;
	share_dev(&x);
	if (d->what.family == ADDR_NONE)
		d->what.family = ADDR_V4;
	if (!x.has_scope)
		d->what.route.scope = route_standard_scope(x.route, d->what.family);
	return true;
}
