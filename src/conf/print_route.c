#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "conf/print.h"
#include "conf/read_route.h"
#include "conf/resolve.h"

/* Routes and rules as they are read. */

static void put_prefix(struct text *t, const struct prefix *p)
{
	text_addr(t, &p->addr);
	text_fmt(t, "/%u", p->len);
}

static void put_if(struct text *t, const char *key, uint32_t v, uint32_t standard)
{
	if (v != standard)
		text_fmt(t, " %s %u", key, v);
}

static void put_name(struct text *t, const char *key, const char *name)
{
	if (name == NULL)
		return;
	text_fmt(t, " %s ", key);
	put_word(t, name);
}

static void put_addr(struct text *t, const char *key, const struct addr *a)
{
	if (a->family == ADDR_NONE)
		return;
	text_fmt(t, " %s ", key);
	text_addr(t, a);
}

static const char *type_name(uint8_t type)
{
	static const char *const names[RTN_MAX + 1] = {
		[RTN_LOCAL] = "local",
		[RTN_BROADCAST] = "broadcast",
		[RTN_MULTICAST] = "multicast",
		[RTN_BLACKHOLE] = "blackhole",
		[RTN_UNREACHABLE] = "unreachable",
		[RTN_PROHIBIT] = "prohibit",
		[RTN_THROW] = "throw",
	};

	return names[type];
}

static void put_hop(struct text *t, const struct route_hop *h, const struct names *links)
{
	put_addr(t, "via", &h->via);
	if (h->link != ROUTE_LINK_NONE)
		put_name(t, "dev", links->list[h->link].s);
	if (h->onlink)
		text_str(t, " onlink");
}

static void put_hops(struct text *t, const struct route *r, const struct names *links)
{
	if (r->hop_count == 1)
		put_hop(t, &r->hops[0], links);
	for (uint8_t i = 0; r->hop_count > 1 && i < r->hop_count; i++) {
		text_str(t, " nexthop");
		put_hop(t, &r->hops[i], links);
		put_if(t, "weight", r->hops[i].weight, 1);
	}
}

static bool says_family(const struct route *r)
{
	return r->src.family != ADDR_NONE ||
	       (r->hop_count > 0 && r->hops[0].via.family != ADDR_NONE);
}

static void put_route(struct text *t, const struct routing *what, const struct names *links)
{
	const struct route *r = &what->route;

	if (type_name(r->type) != NULL)
		text_fmt(t, "%s ", type_name(r->type));
	if (r->to.len > 0)
		put_prefix(t, &r->to);
	else
		text_str(t, what->family == ADDR_V6 && !says_family(r) ? "::/0" : "default");
	put_addr(t, "src", &r->src);
	put_if(t, "table", r->table, RT_TABLE_MAIN);
	put_if(t, "metric", r->metric, 0);
	put_if(t, "scope", r->scope, route_standard_scope(r, what->family));
	put_if(t, "tos", r->tos, 0);
	put_if(t, "proto", r->proto, ROUTE_PROTO_VRRP);
	put_if(t, "mtu", r->mtu, 0);
	put_if(t, "advmss", r->advmss, 0);
	put_hops(t, r, links);
}

static void put_rule(struct text *t, const struct rule *r)
{
	text_str(t, r->invert ? "not from " : "from ");
	if (r->from.len > 0)
		put_prefix(t, &r->from);
	else
		text_str(t, "all");
	if (r->to.len > 0) {
		text_str(t, " to ");
		put_prefix(t, &r->to);
	}
	put_name(t, "iif", r->iif);
	put_name(t, "oif", r->oif);
	if (r->mask != 0)
		text_fmt(t, " fwmark 0x%x/0x%x", r->mark, r->mask);
	put_if(t, "tos", r->tos, 0);
	put_if(t, "priority", r->priority, 0);
	if (r->suppress >= 0)
		text_fmt(t, " suppress_prefixlength %d", r->suppress);
	put_if(t, "table", r->table, 0);
	put_if(t, "goto", r->target, 0);
	if (r->action == FR_ACT_BLACKHOLE)
		text_str(t, " blackhole");
	else if (r->action == FR_ACT_UNREACHABLE)
		text_str(t, " unreachable");
	else if (r->action == FR_ACT_PROHIBIT)
		text_str(t, " prohibit");
}

void routing_print(struct text *t, const struct routing *what, const struct names *links,
		   bool no_track)
{
	if (what->is_rule)
		put_rule(t, &what->rule);
	else
		put_route(t, what, links);
	if (no_track)
		text_str(t, " no_track");
}
