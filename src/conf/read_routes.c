#include <linux/rtnetlink.h>
#include <string.h>

#include "conf/apply.h"
#include "conf/number.h"
#include "conf/read_route.h"

/* The blocks of routes and rules, and the values both have. */

enum { ROUTES_MAX = 1000 };

static bool one_family(struct reader *r, struct draft_route *d, const struct word *w,
		       const struct addr *a)
{
	if (d->what.family == ADDR_NONE)
		d->what.family = a->family;
	if (d->what.family == a->family)
		return true;
	complain(&r->complaints, D_FAMILY, w,
		 "'%s' is of another family than what stands before it", shown(w).s);
	return false;
}

bool route_addr(struct reader *r, struct draft_route *d, const struct word *w, struct addr *ret)
{
	if (addr_parse(w->s, w->len, ret) == 0)
		return one_family(r, d, w, ret);
	complain(&r->complaints, D_ADDRESS, w, "'%s' is not an IP address", shown(w).s);
	return false;
}

static bool is_everything(const struct word *w)
{
	return strcmp(w->s, "default") == 0 || strcmp(w->s, "all") == 0 || strcmp(w->s, "any") == 0;
}

static size_t address_len(const struct word *w)
{
	const char *slash = strchr(w->s, '/');

	return slash != NULL ? (size_t)(slash - w->s) : w->len;
}

bool route_is_prefix(const struct word *w)
{
	struct addr a;

	return is_everything(w) || addr_parse(w->s, address_len(w), &a) == 0;
}

/* Without the bits after the first |len|. */
static bool has_host_bits(const struct addr *a, int64_t len)
{
	for (size_t i = 0; i < addr_len(a->family); i++) {
		int64_t bits = len - 8 * (int64_t)i;
		unsigned mask = bits >= 8 ? 0xff : bits <= 0 ? 0 : 0xffu << (8 - bits) & 0xff;

		if (a->b[i] & ~mask)
			return true;
	}
	return false;
}

bool route_prefix(struct reader *r, struct draft_route *d, const struct word *w, struct prefix *ret)
{
	const char *slash = strchr(w->s, '/');
	int64_t longest, len;

	if (is_everything(w))
		return true;
	if (addr_parse(w->s, address_len(w), &ret->addr) < 0) {
		complain(&r->complaints, D_ADDRESS, w,
			 "'%s' is not a network: it is written 192.0.2.0/24, without names",
			 shown(w).s);
		return false;
	}
	longest = len = 8 * (int64_t)addr_len(ret->addr.family);
	if (slash != NULL && (number_parse(slash + 1, &len) < 0 || len < 0 || len > longest)) {
		complain(&r->complaints, D_RANGE, w,
			 "'%s' has no good prefix length: a number from 0 to %d after the '/'",
			 shown(w).s, (int)longest);
		return false;
	}
	if (has_host_bits(&ret->addr, len)) {
		complain(&r->complaints, D_ADDRESS, w,
			 "'%s' is not a network: it has bits after its first %d", shown(w).s,
			 (int)len);
		return false;
	}
	ret->len = (uint8_t)len;
	return one_family(r, d, w, &ret->addr);
}

bool route_u32(struct reader *r, const struct word *w, uint32_t least, uint32_t most, uint32_t *ret)
{
	struct setting s;
	const struct key key = { w[-1].s, KEY_NUMBER, .min = least, .max = most };

	if (!apply_number(r, &key, w, &s))
		return false;
	*ret = (uint32_t)s.v;
	return true;
}

bool route_table(struct reader *r, const struct word *w, uint32_t *ret)
{
	static const struct name names[] = { { "main", RT_TABLE_MAIN },
					     { "local", RT_TABLE_LOCAL },
					     { "default", RT_TABLE_DEFAULT } };
	int64_t v;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].s, w->s) == 0) {
			*ret = names[i].value;
			return true;
		}
	if (number_parse(w->s, &v) == 0 && v >= 1 && v <= UINT32_MAX) {
		*ret = (uint32_t)v;
		return true;
	}
	complain(&r->complaints, D_CHOICE, w,
		 "'%s' is not a table: main, local, default or a number from 1; other names "
		 "(rt_tables) are not looked up",
		 shown(w).s);
	return false;
}

bool route_scope(struct reader *r, const struct word *w, uint8_t *ret)
{
	static const struct name names[] = {
		{ "global", RT_SCOPE_UNIVERSE }, { "universe", RT_SCOPE_UNIVERSE },
		{ "site", RT_SCOPE_SITE },       { "link", RT_SCOPE_LINK },
		{ "host", RT_SCOPE_HOST },       { "nowhere", RT_SCOPE_NOWHERE },
	};
	int64_t v;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].s, w->s) == 0) {
			*ret = (uint8_t)names[i].value;
			return true;
		}
	if (number_parse(w->s, &v) == 0 && v >= 0 && v <= 255) {
		*ret = (uint8_t)v;
		return true;
	}
	complain(&r->complaints, D_CHOICE, w,
		 "'%s' is not a scope: global, site, link, host, nowhere, or 0 to 255", shown(w).s);
	return false;
}

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : 99;
}

bool route_hex(const char *s, size_t len, uint32_t *ret)
{
	int base = len > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
	uint64_t v = 0;

	if (len == 0 || len > 10)
		return false;
	for (size_t i = base == 16 ? 2 : 0; i < len; i++) {
		if (digit(s[i]) >= base)
			return false;
		v = v * (uint64_t)base + (uint64_t)digit(s[i]);
	}
	if (v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* ---- blocks ----------------------------------------------------------------------------- */

static void add(struct draft_instance *i, struct draft_route *d)
{
	struct draft_routes *list = d->what.is_rule ? &i->rules : &i->routes;

	if (list->last != NULL)
		list->last->next = d;
	else
		list->first = d;
	list->last = d;
	list->count++;
}

/* What keepalived says about such a line too. */
static void advise_line(struct reader *r, const struct draft_route *d, bool moves)
{
	if (d->what.is_rule && d->what.rule.priority == 0)
		complain(&r->complaints, D_NO_PRIORITY, d->at,
			 "this rule has no 'priority': the kernel puts it before all others it has "
			 "then");
	else if (!d->what.is_rule && moves && !d->no_track && d->devs[0] == NULL)
		complain(&r->complaints, D_UNTRACKED, d->at,
			 "this route names no interface, so none is tracked for it: add 'dev', or "
			 "'no_track'");
}

static void read_lines(struct reader *r, struct draft_instance *i, const struct key *key,
		       const struct statement *s,
		       bool (*read)(struct reader *, struct draft_route *,
				    const struct statement *))
{
	apply_no_more(r, s, 1, "no name");
	for (s = s->first; s != NULL && !r->complaints.stop; s = s->next) {
		struct draft_route *d;

		if (s->broken)
			continue;
		if (s->block) {
			complain(&r->complaints, D_BLOCK, &s->words[0],
				 "an entry of '%s' takes no block in braces", key->name);
			continue;
		}
		if (i->routes.count + i->rules.count == ROUTES_MAX) {
			complain(&r->complaints, D_TOO_MANY, &s->words[0],
				 "more than %d routes and rules", ROUTES_MAX);
			return;
		}
		d = complaints_need(&r->complaints, arena_new(r->arena, struct draft_route));
		if (d == NULL)
			return;
		d->at = &s->words[0];
		if (!read(r, d, s))
			continue;
		add(i, d);
		advise_line(r, d, key->name[0] == 'v');
	}
}

void read_routes(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	read_lines(r, draft, key, s, route_read);
}

void read_rules(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	read_lines(r, draft, key, s, rule_read);
}

void read_static_addresses(struct reader *r, void *draft, const struct key *key,
			   const struct statement *s)
{
	(void)draft;
	read_vips(r, &r->draft.statics, key, s);
}

void read_static_routes(struct reader *r, void *draft, const struct key *key,
			const struct statement *s)
{
	(void)draft;
	read_routes(r, &r->draft.statics, key, s);
}

void read_static_rules(struct reader *r, void *draft, const struct key *key,
		       const struct statement *s)
{
	(void)draft;
	read_rules(r, &r->draft.statics, key, s);
}
