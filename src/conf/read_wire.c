#include "conf/apply.h"

#include <string.h>

#include "conf/number.h"
#include "wire/ip.h"

/* Where adverts come from and go to: sources, groups, unicast peers. */

static bool is_multicast(const struct addr *a)
{
	return a->family == ADDR_V6 ? a->b[0] == 0xff : a->b[0] >> 4 == 0xe;
}

static bool read_host(struct reader *r, const struct word *w, struct addr *ret)
{
	if (addr_parse(w->s, w->len, ret) == 0 && addr_is_host(ret))
		return true;
	*ret = (struct addr){ 0 };
	complain(&r->complaints, D_ADDRESS, w,
		 "'%s' is not the address of a host: an IPv4 or IPv6 address without a prefix "
		 "length",
		 shown(w).s);
	return false;
}

/* keepalived takes 192.0.2.1/24 for an address and forgets the length. */
static bool read_host_or_net(struct reader *r, const struct word *w, struct addr *ret)
{
	const char *slash = strchr(w->s, '/');

	if (slash == NULL || addr_parse(w->s, (size_t)(slash - w->s), ret) < 0 ||
	    !addr_is_host(ret) || slash[1] == '\0' || slash[1 + strspn(slash + 1, "0123456789")])
		return read_host(r, w, ret);
	complain(&r->complaints, D_NO_EFFECT, w,
		 "the length of the prefix of '%s' has no effect here", shown(w).s);
	return true;
}

void read_source(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	struct draft_addr *to = (struct draft_addr *)(void *)((char *)draft + key->offset);
	const struct word *w = apply_value(r, key, s);

	to->at = &s->words[0];
	if (w != NULL && read_host_or_net(r, w, &to->addr))
		to->at = w;
}

/* 0: either. */
static uint8_t group_family(const struct key *key)
{
	if (strcmp(key->name, "vrrp_mcast_group4") == 0)
		return ADDR_V4;
	return strcmp(key->name, "vrrp_mcast_group6") == 0 ? ADDR_V6 : 0;
}

void read_mcast_group(struct reader *r, void *draft, const struct key *key,
		      const struct statement *s)
{
	struct draft_addr *to = (struct draft_addr *)(void *)((char *)draft + key->offset);
	const struct word *w = apply_value(r, key, s);
	uint8_t wanted = group_family(key);
	struct addr a;

	to->at = &s->words[0];
	if (w == NULL)
		return;
	to->at = w;
	if (addr_parse(w->s, w->len, &a) == 0 && is_multicast(&a) &&
	    (wanted == 0 || a.family == wanted)) {
		to->addr = a;
		return;
	}
	complain(&r->complaints, D_ADDRESS, w, "'%s' is not a multicast address of %s", shown(w).s,
		 wanted == ADDR_V4   ? "IPv4"
		 : wanted == ADDR_V6 ? "IPv6"
				     : "IPv4 or IPv6");
}

void read_check_source(struct reader *r, void *draft, const struct key *key,
		       const struct statement *s)
{
	(void)draft;
	if (s->count > 2) {
		apply_no_more(r, s, 2, "on or off");
		return;
	}
	if (s->count == 2 && s->words[1].s[0] != 'n' && strcmp(s->words[1].s, "off") != 0 &&
	    strcmp(s->words[1].s, "false") != 0)
		return;
	if (s->count == 2)
		complain(&r->complaints, D_NO_EFFECT, &s->words[0],
			 "'%s' cannot be off: who is not a peer is never listened to", key->name);
}

/* ---- peers ------------------------------------------------------------------------------ */

static bool read_ttl(struct reader *r, struct draft_peer *p, const struct word *name,
		     const struct word *value)
{
	static const struct key key = { "a TTL", KEY_NUMBER, .min = 1, .max = 255 };
	struct setting *to = strcmp(name->s, "min_ttl") == 0 ? &p->min_ttl : &p->max_ttl;

	if (to == &p->max_ttl && strcmp(name->s, "max_ttl") != 0) {
		complain(&r->complaints, D_UNKNOWN, name,
			 "'%s' is not an option of a peer, which are min_ttl and max_ttl; every "
			 "peer stands on its own line",
			 shown(name).s);
		return false;
	}
	if (value == NULL) {
		complain(&r->complaints, D_NO_VALUE, name,
			 "'%s' needs its value: a number, 1 to 255", name->s);
		return false;
	}
	if (to->at != NULL) {
		complain(&r->complaints, D_TWICE, name, "'%s' is given twice for this peer",
			 name->s);
		return false;
	}
	return apply_number(r, &key, value, to);
}

static bool read_peer(struct reader *r, struct draft_peer *p, const struct statement *s)
{
	p->at = &s->words[0];
	if (!read_host_or_net(r, p->at, &p->addr))
		return false;
	for (uint32_t i = 1; i < s->count; i += 2)
		if (!read_ttl(r, p, &s->words[i], i + 1 < s->count ? &s->words[i + 1] : NULL))
			return false;
	return true;
}

void read_peers(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	struct draft_wire *w = (struct draft_wire *)(void *)((char *)draft + key->offset);

	w->peers_at = &s->words[0];
	apply_no_more(r, s, 1, "no name");
	for (s = s->first; s != NULL && !r->complaints.stop; s = s->next) {
		struct draft_peer *p;

		if (s->broken)
			continue;
		if (s->block) {
			complain(&r->complaints, D_BLOCK, &s->words[0],
				 "an entry of '%s' takes no block in braces", key->name);
			continue;
		}
		p = complaints_need(&r->complaints, arena_new(r->arena, struct draft_peer));
		if (p == NULL)
			return;
		if (!read_peer(r, p, s)) {
			w->peers_faulty = true;
			continue;
		}
		if (w->last_peer != NULL)
			w->last_peer->next = p;
		else
			w->peers = p;
		w->last_peer = p;
		w->peer_count++;
	}
}
