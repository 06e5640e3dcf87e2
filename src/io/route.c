#include "io/route.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "io/errmap.h"

#ifndef FRA_PROTOCOL
#define FRA_PROTOCOL 21
#endif

enum { REQUEST_MAX = 2048, REPLY_MAX = 4096, METRIC6 = 1024 /* where none is given */ };

static uint8_t af_of(uint8_t family)
{
	return family == ADDR_V6 ? AF_INET6 : AF_INET;
}

/* ---- requests --------------------------------------------------------------------------- */

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const struct addr *a)
{
	if (a->family != ADDR_NONE)
		mnl_attr_put(nlh, type, addr_len(a->family), a->b);
}

static void put_u32(struct nlmsghdr *nlh, uint16_t type, uint32_t v)
{
	if (v != 0)
		mnl_attr_put_u32(nlh, type, v);
}

static void put_hops(struct nlmsghdr *nlh, const struct route *r, const int *ifindexes)
{
	struct nlattr *all = mnl_attr_nest_start(nlh, RTA_MULTIPATH);

	for (uint8_t i = 0; i < r->hop_count; i++) {
		const struct route_hop *h = &r->hops[i];
		struct rtnexthop *hop = mnl_nlmsg_get_payload_tail(nlh);

		memset(hop, 0, sizeof(*hop));
		nlh->nlmsg_len += (uint32_t)sizeof(*hop);
		hop->rtnh_ifindex = ifindexes[i];
		hop->rtnh_hops = (uint8_t)(h->weight - 1);
		hop->rtnh_flags = h->onlink ? RTNH_F_ONLINK : 0;
		put_addr(nlh, RTA_GATEWAY, &h->via);
		hop->rtnh_len = (uint16_t)((char *)mnl_nlmsg_get_payload_tail(nlh) - (char *)hop);
	}
	mnl_attr_nest_end(nlh, all);
}

static void put_metrics(struct nlmsghdr *nlh, const struct route *r)
{
	struct nlattr *all;

	if (r->mtu == 0 && r->advmss == 0)
		return;
	all = mnl_attr_nest_start(nlh, RTA_METRICS);
	if (r->mtu_lock)
		mnl_attr_put_u32(nlh, RTAX_LOCK, 1u << RTAX_MTU);
	put_u32(nlh, RTAX_MTU, r->mtu);
	put_u32(nlh, RTAX_ADVMSS, r->advmss);
	mnl_attr_nest_end(nlh, all);
}

static void put_route(struct nlmsghdr *nlh, const struct routing *what, const int *ifindexes)
{
	const struct route *r = &what->route;
	struct rtmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));

	m->rtm_family = af_of(what->family);
	m->rtm_dst_len = r->to.len;
	m->rtm_tos = r->tos;
	m->rtm_table = r->table < 256 ? (uint8_t)r->table : RT_TABLE_UNSPEC;
	m->rtm_protocol = r->proto;
	m->rtm_scope = r->scope;
	m->rtm_type = r->type;
	mnl_attr_put_u32(nlh, RTA_TABLE, r->table);
	put_addr(nlh, RTA_DST, &r->to.addr);
	put_addr(nlh, RTA_PREFSRC, &r->src);
	put_u32(nlh, RTA_PRIORITY, r->metric);
	put_metrics(nlh, r);
	if (r->hop_count > 1) {
		put_hops(nlh, r, ifindexes);
	} else if (r->hop_count == 1) {
		put_addr(nlh, RTA_GATEWAY, &r->hops[0].via);
		put_u32(nlh, RTA_OIF, (uint32_t)ifindexes[0]);
		m->rtm_flags = r->hops[0].onlink ? RTNH_F_ONLINK : 0;
	}
}

static void put_rule(struct nlmsghdr *nlh, const struct routing *what)
{
	const struct rule *r = &what->rule;
	struct fib_rule_hdr *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));

	m->family = af_of(what->family);
	m->src_len = r->from.len;
	m->dst_len = r->to.len;
	m->tos = r->tos;
	m->table = r->table < 256 ? (uint8_t)r->table : RT_TABLE_UNSPEC;
	m->action = r->action;
	m->flags = r->invert ? FIB_RULE_INVERT : 0;
	put_u32(nlh, FRA_TABLE, r->table);
	put_addr(nlh, FRA_SRC, &r->from.addr);
	put_addr(nlh, FRA_DST, &r->to.addr);
	put_u32(nlh, FRA_PRIORITY, r->priority);
	if (r->iif != NULL)
		mnl_attr_put_strz(nlh, FRA_IIFNAME, r->iif);
	if (r->oif != NULL)
		mnl_attr_put_strz(nlh, FRA_OIFNAME, r->oif);
	if (r->mask != 0) {
		mnl_attr_put_u32(nlh, FRA_FWMARK, r->mark);
		mnl_attr_put_u32(nlh, FRA_FWMASK, r->mask);
	}
	if (r->action == FR_ACT_GOTO)
		mnl_attr_put_u32(nlh, FRA_GOTO, r->target);
	if (r->suppress >= 0)
		mnl_attr_put_u32(nlh, FRA_SUPPRESS_PREFIXLEN, (uint32_t)r->suppress);
	mnl_attr_put_u8(nlh, FRA_PROTOCOL, ROUTE_PROTO_VRRP);
}

/* Sends what stands in |buf| and returns the kernel's answer: 0 or an errno. */
static int ask(int fd, char buf[REPLY_MAX], uint32_t seq)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	const struct nlmsgerr *e;
	ssize_t n;

	do {
		n = send(fd, buf, nlh->nlmsg_len, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno;
	for (;;) {
		n = recv(fd, buf, REPLY_MAX, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		e = mnl_nlmsg_get_payload(nlh);
		if (mnl_nlmsg_ok(nlh, (int)n) && nlh->nlmsg_type == NLMSG_ERROR &&
		    nlh->nlmsg_seq == seq && mnl_nlmsg_get_payload_len(nlh) >= sizeof(e->error))
			return -e->error;
	}
}

int route_change(int fd, bool add, const struct routing *what, const int *ifindexes,
		 bool *ret_there)
{
	static uint32_t next_seq = 1u << 31;
	char buf[REPLY_MAX] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	uint32_t seq = next_seq++;
	int error;

	nlh->nlmsg_type = what->is_rule ? add ? RTM_NEWRULE : RTM_DELRULE
			  : add         ? RTM_NEWROUTE
					: RTM_DELROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (add)
		nlh->nlmsg_flags |= what->is_rule ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_CREATE;
	nlh->nlmsg_seq = seq;
	if (what->is_rule)
		put_rule(nlh, what);
	else
		put_route(nlh, what, ifindexes);
	error = ask(fd, buf, seq);
	*ret_there = add && error == EEXIST;
	if (*ret_there || (!add && (error == ESRCH || error == ENOENT || error == ENODEV)))
		return 0;
	return error == ENETUNREACH || error == EHOSTUNREACH ? E_UNREACH : err_from_errno(error);
}

/* ---- reports ---------------------------------------------------------------------------- */

/* Attribute |type| of |len| bytes as a number or an address; others are left alone. */
static void take_addr(const struct nlattr *a, uint8_t family, struct addr *ret)
{
	if (mnl_attr_get_payload_len(a) == addr_len(family))
		*ret = addr_from_bytes(family, mnl_attr_get_payload(a));
}

static void take_u32(const struct nlattr *a, uint32_t *ret)
{
	if (mnl_attr_get_payload_len(a) == sizeof(uint32_t))
		*ret = mnl_attr_get_u32(a);
}

static void take_name(const struct nlattr *a, char to[16], const char **ret)
{
	size_t len = mnl_attr_get_payload_len(a);

	if (len == 0 || len > 16)
		return;
	memcpy(to, mnl_attr_get_payload(a), len);
	to[len - 1] = '\0';
	*ret = to;
}

static int take_route_attr(const struct nlattr *a, void *ctx)
{
	struct route_report *to = ctx;
	struct route *r = &to->what.route;

	switch (mnl_attr_get_type(a)) {
	case RTA_TABLE:
		take_u32(a, &r->table);
		break;
	case RTA_DST:
		take_addr(a, to->what.family, &r->to.addr);
		break;
	case RTA_PRIORITY:
		take_u32(a, &r->metric);
		break;
	case RTA_GATEWAY:
		take_addr(a, to->what.family, &r->hops[0].via);
		r->hop_count = 1;
		break;
	}
	return MNL_CB_OK;
}

static void parse_route(const struct nlmsghdr *nlh, struct route_report *ret)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(nlh);

	ret->what.route = (struct route){ .to.len = m->rtm_dst_len,
					  .type = m->rtm_type,
					  .tos = m->rtm_tos,
					  .proto = m->rtm_protocol,
					  .table = m->rtm_table };
	ret->proto = m->rtm_protocol;
	mnl_attr_parse(nlh, sizeof(*m), take_route_attr, ret);
}

static int take_rule_attr(const struct nlattr *a, void *ctx)
{
	struct route_report *to = ctx;
	struct rule *r = &to->what.rule;

	switch (mnl_attr_get_type(a)) {
	case FRA_TABLE:
		take_u32(a, &r->table);
		break;
	case FRA_SRC:
		take_addr(a, to->what.family, &r->from.addr);
		break;
	case FRA_DST:
		take_addr(a, to->what.family, &r->to.addr);
		break;
	case FRA_PRIORITY:
		take_u32(a, &r->priority);
		break;
	case FRA_FWMARK:
		take_u32(a, &r->mark);
		break;
	case FRA_FWMASK:
		take_u32(a, &r->mask);
		break;
	case FRA_GOTO:
		take_u32(a, &r->target);
		break;
	case FRA_IIFNAME:
		take_name(a, to->iif, &r->iif);
		break;
	case FRA_OIFNAME:
		take_name(a, to->oif, &r->oif);
		break;
	case FRA_PROTOCOL:
		to->proto = mnl_attr_get_u8(a);
		break;
	}
	return MNL_CB_OK;
}

static void parse_rule(const struct nlmsghdr *nlh, struct route_report *ret)
{
	const struct fib_rule_hdr *m = mnl_nlmsg_get_payload(nlh);

	ret->what.rule = (struct rule){ .from.len = m->src_len,
					.to.len = m->dst_len,
					.tos = m->tos,
					.table = m->table,
					.action = m->action,
					.invert = (m->flags & FIB_RULE_INVERT) != 0 };
	mnl_attr_parse(nlh, sizeof(*m), take_rule_attr, ret);
}

bool route_parse(const struct nlmsghdr *nlh, struct route_report *ret)
{
	bool rule = nlh->nlmsg_type == RTM_NEWRULE || nlh->nlmsg_type == RTM_DELRULE;
	const struct rtmsg *m = mnl_nlmsg_get_payload(nlh); /* both begin with the family */

	if (!rule && nlh->nlmsg_type != RTM_NEWROUTE && nlh->nlmsg_type != RTM_DELROUTE)
		return false;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*m) ||
	    (m->rtm_family != AF_INET && m->rtm_family != AF_INET6))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->gone = nlh->nlmsg_type == RTM_DELRULE || nlh->nlmsg_type == RTM_DELROUTE;
	ret->what.is_rule = rule;
	ret->what.family = m->rtm_family == AF_INET ? ADDR_V4 : ADDR_V6;
	if (rule)
		parse_rule(nlh, ret);
	else
		parse_route(nlh, ret);
	return true;
}

static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && (a->len == 0 || addr_equal(&a->addr, &b->addr));
}

static bool same_name(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool route_matches_route(const struct route *told, const struct route *r, uint8_t family)
{
	uint32_t metric = r->metric == 0 && family == ADDR_V6 ? METRIC6 : r->metric;

	return same_prefix(&told->to, &r->to) && told->table == r->table && told->tos == r->tos &&
	       told->metric == metric && told->type == r->type && told->proto == r->proto &&
	       (r->hop_count != 1 || r->hops[0].via.family == ADDR_NONE ||
		addr_equal(&told->hops[0].via, &r->hops[0].via));
}

static bool rule_matches_rule(const struct rule *told, const struct rule *r)
{
	return same_prefix(&told->from, &r->from) && same_prefix(&told->to, &r->to) &&
	       told->table == r->table && told->tos == r->tos && told->action == r->action &&
	       told->invert == r->invert && told->target == r->target && told->mark == r->mark &&
	       told->mask == r->mask && (r->priority == 0 || told->priority == r->priority) &&
	       same_name(told->iif, r->iif) && same_name(told->oif, r->oif);
}

bool route_matches(const struct route_report *report, const struct routing *what)
{
	const struct routing *told = &report->what;

	if (told->family != what->family || told->is_rule != what->is_rule)
		return false;
	return what->is_rule ? report->proto == ROUTE_PROTO_VRRP &&
				       rule_matches_rule(&told->rule, &what->rule)
			     : route_matches_route(&told->route, &what->route, what->family);
}

/* ---- listening -------------------------------------------------------------------------- */

int route_join(int monitor)
{
	static const int groups[] = { RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
				      RTNLGRP_IPV6_RULE };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (setsockopt(monitor, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			       sizeof(groups[i])) < 0)
			return err_from_errno(errno);
	return 0;
}

void route_put_dump(struct nlmsghdr *nlh, bool rules, uint8_t family, uint8_t proto)
{
	struct rtmsg *m;

	nlh->nlmsg_type = rules ? RTM_GETRULE : RTM_GETROUTE;
	if (rules) {
		struct fib_rule_hdr *h = mnl_nlmsg_put_extra_header(nlh, sizeof(*h));

		h->family = af_of(family);
		return;
	}
	m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	m->rtm_family = af_of(family);
	m->rtm_protocol = proto;
}
