#include "conf/apply.h"

#include <string.h>

#include "base/err.h"
#include "conf/near.h"
#include "conf/number.h"
#include "wire/vrrp.h"

/* virtual_ipaddress { IP[/PREFIX] [brd IP|+|-] [dev IF] [scope S] [label L] } */

enum { LABEL_MAX = 15, VIPS_MOST = 32767 };

/* One option: what follows it is the next word, which is complained about when missing. */
struct option {
	const char *name, *value; /* what must follow, in words */
	void (*read)(struct reader *, struct draft_vip *, const struct word *value);
	struct setting *(*place)(struct draft_vip *);
};

static void read_brd(struct reader *r, struct draft_vip *v, const struct word *w)
{
	v->brd_at.at = w;
	if (v->addr.family == ADDR_V6) {
		complain(&r->complaints, D_ADDRESS, w, "'%s': IPv6 has no broadcast address",
			 shown(w).s);
		return;
	}
	if (strcmp(w->s, "+") == 0) {
		v->brd = BRD_ONES;
	} else if (strcmp(w->s, "-") == 0) {
		v->brd = BRD_ZEROS;
	} else if (addr_parse(w->s, w->len, &v->broadcast) == 0 && v->broadcast.family == ADDR_V4) {
		v->brd = BRD_GIVEN;
		return;
	} else {
		complain(&r->complaints, D_ADDRESS, w,
			 "'%s' is not a broadcast address: an IPv4 address, + or -", shown(w).s);
		return;
	}
	if (v->prefix.v > 30)
		complain(
			&r->complaints, D_ADDRESS, w,
			"'brd %s' needs a network with room for it: prefix /30 or shorter, not /%d",
			w->s, (int)v->prefix.v);
}

static void read_dev(struct reader *r, struct draft_vip *v, const struct word *w)
{
	(void)apply_link(r, w, &v->dev);
}

static void read_scope(struct reader *r, struct draft_vip *v, const struct word *w)
{
	static const struct name scopes[] = {
		{ "global", 0 }, { "site", 200 },    { "link", 253 },
		{ "host", 254 }, { "nowhere", 255 },
	};
	int64_t n;

	v->scope.at = w;
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		if (strcmp(scopes[i].s, w->s) == 0) {
			v->scope.v = scopes[i].value;
			return;
		}
	if (number_parse(w->s, &n) == 0 && n >= 0 && n <= 255) {
		v->scope.v = n;
		return;
	}
	complain(&r->complaints, D_CHOICE, w,
		 "'%s' is not a scope: global, site, link, host, nowhere, or 0 to 255", shown(w).s);
}

static void read_label(struct reader *r, struct draft_vip *v, const struct word *w)
{
	v->label.at = w;
	if (v->addr.family == ADDR_V6) {
		complain(&r->complaints, D_NO_EFFECT, w,
			 "label '%s' has no effect: addresses of IPv6 have none", shown(w).s);
		v->label.at = NULL;
		return;
	}
	if (w->len > LABEL_MAX)
		complain(&r->complaints, D_LABEL, w,
			 "label '%s' has %u characters; the kernel takes at most %d", shown(w).s,
			 w->len, LABEL_MAX);
	else if (w->len == 0)
		complain(&r->complaints, D_LABEL, w, "the label is empty");
}

static struct setting *brd_place(struct draft_vip *v)
{
	return &v->brd_at;
}

static struct setting *dev_place(struct draft_vip *v)
{
	return &v->dev;
}

static struct setting *scope_place(struct draft_vip *v)
{
	return &v->scope;
}

static struct setting *label_place(struct draft_vip *v)
{
	return &v->label;
}

static const struct option options[] = {
	{ "brd", "an IPv4 address, + or -", read_brd, brd_place },
	{ "broadcast", "an IPv4 address, + or -", read_brd, brd_place },
	{ "dev", "the name of an interface", read_dev, dev_place },
	{ "scope", "global, site, link, host or nowhere", read_scope, scope_place },
	{ "label", "at most 15 characters", read_label, label_place },
};

enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

static const char *const later_options[] = {
	"peer",     "home",     "-nodad",      "mngtmpaddr",    "noprefixroute",  "autojoin",
	"use_vmac", "no_track", "track_group", "preferred_lft", "preferred_life",
};

static void unknown_option(struct reader *r, const struct word *w)
{
	struct near near = NEAR(w->s);

	for (size_t i = 0; i < sizeof(later_options) / sizeof(later_options[0]); i++)
		if (strcmp(later_options[i], w->s) == 0) {
			complain(&r->complaints, D_LATER, w,
				 "'%s' is an option of keepalived that buoy does not have yet",
				 w->s);
			return;
		}
	for (size_t i = 0; i < OPTIONS; i++)
		near_offer(&near, options[i].name);
	if (near.best != NULL)
		complain(&r->complaints, D_UNKNOWN, w,
			 "'%s' is not an option of an address; did you mean '%s'?", shown(w).s,
			 near.best);
	else
		complain(
			&r->complaints, D_UNKNOWN, w,
			"'%s' is not an option of an address, which are brd, dev, scope and label; "
			"every address stands on its own line",
			shown(w).s);
}

static bool read_options(struct reader *r, struct draft_vip *v, const struct statement *s)
{
	uint32_t errors = r->complaints.errors;

	for (uint32_t i = 1; i < s->count; i += 2) {
		const struct word *w = &s->words[i];
		size_t o = 0;

		while (o < OPTIONS && strcmp(options[o].name, w->s) != 0)
			o++;
		if (o == OPTIONS) {
			unknown_option(r, w);
			return false;
		}
		if (i + 1 == s->count) {
			complain(&r->complaints, D_NO_VALUE, w, "'%s' needs its value: %s", w->s,
				 options[o].value);
			return false;
		}
		if (options[o].place(v)->at != NULL) {
			complain(&r->complaints, D_TWICE, w, "'%s' is given twice for this address",
				 w->s);
			return false;
		}
		options[o].read(r, v, &s->words[i + 1]);
	}
	return errors == r->complaints.errors;
}

static bool read_address(struct reader *r, struct draft_vip *v)
{
	const struct word *w = v->at;
	const char *slash = strchr(w->s, '/');
	size_t len = slash != NULL ? (size_t)(slash - w->s) : w->len;
	int64_t longest;

	if (addr_parse(w->s, len, &v->addr) < 0) {
		complain(&r->complaints, D_ADDRESS, w,
			 "'%s' is not an IP address: it is written 192.0.2.1/24, without names",
			 shown(w).s);
		return false;
	}
	if (!addr_is_host(&v->addr)) {
		complain(&r->complaints, D_ADDRESS, w, "'%s' is not an address a host can have",
			 shown(w).s);
		return false;
	}
	longest = 8 * (int64_t)addr_len(v->addr.family);
	v->prefix.v = longest;
	if (slash == NULL)
		return true;
	if (number_parse(slash + 1, &v->prefix.v) < 0 || v->prefix.v < 0 || v->prefix.v > longest) {
		complain(&r->complaints, D_RANGE, w,
			 "'%s' has no good prefix length: a number from 0 to %d after the '/'",
			 shown(w).s, (int)longest);
		return false;
	}
	return true;
}

void read_vips(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	struct draft_instance *inst = draft;
	bool excluded = strcmp(key->name, "virtual_ipaddress_excluded") == 0;
	bool listed = strcmp(key->name, "virtual_ipaddress") == 0;

	apply_no_more(r, s, 1, "no name");
	for (s = s->first; s != NULL && !r->complaints.stop; s = s->next) {
		struct draft_vip *v;

		if (s->broken)
			continue;
		if (s->block) {
			complain(&r->complaints, D_BLOCK, &s->words[0],
				 "an entry of '%s' takes no block in braces", key->name);
			continue;
		}
		if (listed && inst->vip_count - inst->excluded_count == VRRP_VIPS_MAX) {
			complain(&r->complaints, D_TOO_MANY, &s->words[0],
				 "more than %d addresses: no more fit into an advert; the others "
				 "can be in virtual_ipaddress_excluded",
				 VRRP_VIPS_MAX);
			return;
		}
		if (inst->vip_count == VIPS_MOST) {
			complain(&r->complaints, D_TOO_MANY, &s->words[0], "more than %d addresses",
				 VIPS_MOST);
			return;
		}
		v = complaints_need(&r->complaints, arena_new(r->arena, struct draft_vip));
		if (v == NULL)
			return;
		v->at = &s->words[0];
		v->excluded = excluded;
		if (!read_address(r, v) || !read_options(r, v, s))
			continue;
		if (inst->last_vip != NULL)
			inst->last_vip->next = v;
		else
			inst->vips = v;
		inst->last_vip = v;
		inst->vip_count++;
		inst->excluded_count += excluded;
	}
}
