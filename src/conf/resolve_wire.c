#include "conf/resolve_wire.h"

#include <string.h>

#include "base/bytes.h"
#include "wire/ip.h"
#include "wire/vrrp.h"

/* What fits one Ethernet frame; an advert is never sent in pieces (RFC 9568 7.2). */
enum { MTU = 1500, VIPS6_MAX = (MTU - IP6_HEADER - VRRP_HEADER) / 16 };

static const struct setting none;

static int64_t pick(const struct setting *own, const struct setting *global, int64_t standard)
{
	return own->at != NULL ? own->v : global->at != NULL ? global->v : standard;
}

static const char *family_text(uint8_t family)
{
	return family == ADDR_V6 ? "IPv6" : "IPv4";
}

/* ---- family and version ----------------------------------------------------------------- */

static uint8_t family_of(const struct draft_instance *d)
{
	for (const struct draft_vip *v = d->vips; v != NULL; v = v->next)
		if (!v->excluded)
			return v->addr.family;
	if (d->wire.peers != NULL)
		return d->wire.peers->addr.family;
	return ADDR_V4;
}

void resolve_family(struct resolver *rs, const struct draft_instance *d, struct instance_conf *ret)
{
	const struct draft_global *g = &rs->r->draft.global;

	ret->family = family_of(d);
	ret->version = (uint8_t)pick(d->version.bad ? &none : &d->version,
				     g->version.bad ? &none : &g->version, 2);
	if (ret->family != ADDR_V6 || ret->version == 3)
		return;
	if (d->version.at != NULL)
		complain(&rs->r->complaints, D_VERSION, d->version.at,
			 "IPv6 is spoken by version 3 only, which is taken instead of 'version 2'");
	ret->version = 3;
}

/* True when |a| is of the family of the instance. */
static bool right_family(struct resolver *rs, const struct word *at, const struct addr *a,
			 const struct instance_conf *i)
{
	if (a->family == i->family)
		return true;
	complain(&rs->r->complaints, D_FAMILY, at,
		 "'%s' is of %s, but what the instance lists is of %s", shown(at).s,
		 family_text(a->family), family_text(i->family));
	return false;
}

/* ---- authentication --------------------------------------------------------------------- */

static const char *type_text(int64_t type)
{
	return type == AUTH_AH ? "AH" : "PASS";
}

static void take_password(struct resolver *rs, const struct word *pass, struct instance_conf *ret)
{
	struct complaints *to = &rs->r->complaints;

	if (pass->len == 0) {
		complain(to, D_RANGE, pass, "'auth_pass' is empty: it takes 1 to 8 bytes");
		return;
	}
	memcpy(ret->auth_key, pass->s, pass->len < VRRP2_AUTH ? pass->len : VRRP2_AUTH);
}

void resolve_auth(struct resolver *rs, const struct draft_instance *d, struct instance_conf *ret)
{
	struct complaints *to = &rs->r->complaints;
	const struct word *pass = d->auth_pass.at;

	if (d->auth.at == NULL || d->auth_pass.bad)
		return;
	if (pass != NULL && pass->len > VRRP2_AUTH)
		complain(to, D_PASS_CUT, pass,
			 "'auth_pass' has %u bytes; only the first %d count, as in keepalived",
			 pass->len, VRRP2_AUTH);
	if (d->auth_type.bad)
		return;
	if (ret->version == 3) {
		complain(to, D_AUTH_V3, d->auth.at,
			 "version 3 has no authentication: the block is dropped, as in keepalived");
		return;
	}
	if (d->auth_type.at == NULL) {
		if (pass != NULL && !d->faulty)
			complain(to, D_AUTH_TYPE, d->auth.at,
				 "a password without 'auth_type PASS': there is no authentication");
		return;
	}
	if (pass == NULL) {
		if (!d->faulty)
			complain(to, D_MISSING, d->auth.at, "'auth_type %s' without 'auth_pass'",
				 type_text(d->auth_type.v));
		return;
	}
	if (d->auth_type.v == AUTH_AH && d->state.at != NULL && d->state.v == STATE_MASTER)
		complain(to, D_AH_MASTER, d->state.at,
			 "'state MASTER' does not go with 'auth_type AH' and is dropped");
	take_password(rs, pass, ret);
	ret->auth_type = d->auth_type.v == AUTH_AH ? VRRP_AUTH_AH : VRRP_AUTH_PASS;
}

/* ---- virtual addresses ------------------------------------------------------------------ */

/* The bits of an IPv4 address that number the host. */
static uint32_t host_bits(const struct draft_vip *v)
{
	return v->prefix.v == 0 ? UINT32_MAX : ((uint32_t)1 << (32 - v->prefix.v)) - 1;
}

static struct addr broadcast_of(const struct draft_vip *v)
{
	switch (v->brd) {
	case BRD_NONE:
		break;
	case BRD_GIVEN:
		return v->broadcast;
	case BRD_ONES:
		return addr_v4(get_be32(v->addr.b) | host_bits(v));
	case BRD_ZEROS:
		return addr_v4(get_be32(v->addr.b) & ~host_bits(v));
	}
	return (struct addr){ 0 };
}

static bool same_vip(const struct vip_conf *a, const struct vip_conf *b)
{
	return addr_equal(&a->addr, &b->addr) && a->prefix == b->prefix && a->link == b->link;
}

void resolve_vip(struct resolver *rs, const struct draft_vip *v, uint16_t own_link,
		 struct vip_conf *vips, uint16_t *n)
{
	uint16_t same = 0;

	vips[*n] = (struct vip_conf){
		.addr = v->addr,
		.broadcast = broadcast_of(v),
		.label = v->label.at != NULL ? v->label.at->s : NULL,
		.link = v->dev.at != NULL ? resolve_link(rs, v->dev.at) : own_link,
		.prefix = (uint8_t)v->prefix.v,
		.scope = (uint8_t)v->scope.v,
	};
	while (same < *n && !same_vip(&vips[same], &vips[*n]))
		same++;
	if (same == *n)
		++*n;
	else
		complain(&rs->r->complaints, D_VIP_TWICE, v->at,
			 "'%s' is given twice; the first one counts", shown(v->at).s);
}

static bool is_linklocal(const struct addr *a)
{
	return a->family == ADDR_V6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

static const struct draft_vip *find_linklocal(const struct draft_instance *d)
{
	const struct draft_vip *v = d->vips;

	while (v != NULL && (v->excluded || !is_linklocal(&v->addr)))
		v = v->next;
	return v;
}

/* The listed addresses. Of IPv6 the first is link-local, wherever it stands in the file. */
static uint16_t list_vips(struct resolver *rs, const struct draft_instance *d,
			  const struct instance_conf *i, struct vip_conf *vips)
{
	const struct draft_vip *first = i->family == ADDR_V6 ? find_linklocal(d) : NULL;
	uint16_t n = 0;

	if (first != NULL)
		resolve_vip(rs, first, i->link, vips, &n);
	for (const struct draft_vip *v = d->vips; v != NULL; v = v->next) {
		if (v->excluded || v == first || !right_family(rs, v->at, &v->addr, i))
			continue;
		if (i->family == ADDR_V6 && n == VIPS6_MAX) {
			complain(&rs->r->complaints, D_TOO_MANY, v->at,
				 "more than %d IPv6 addresses: an advert must fit %d bytes; the "
				 "others can be in virtual_ipaddress_excluded",
				 VIPS6_MAX, MTU);
			break;
		}
		resolve_vip(rs, v, i->link, vips, &n);
	}
	return n;
}

static void check_listed(struct resolver *rs, const struct draft_instance *d,
			 const struct instance_conf *i)
{
	struct complaints *to = &rs->r->complaints;

	if (i->advertised_count == 0 && i->version == 3 && !d->faulty)
		complain(to, D_MISSING, d->name,
			 "vrrp_instance '%s' lists no address, and version 3 has no adverts "
			 "without one (RFC 9568 5.2.5)",
			 shown(d->name).s);
	else if (i->vip_count == 0 && !d->faulty && d->wire.no_vip.at == NULL)
		complain(to, D_NO_VIP, d->name,
			 "vrrp_instance '%s' has no address: it would become MASTER of nothing",
			 shown(d->name).s);
	if (i->family == ADDR_V6 && i->advertised_count > 0 && !is_linklocal(&i->vips[0].addr))
		complain(to, D_LINKLOCAL, d->vips->at,
			 "vrrp_instance '%s' has no link-local address: over IPv6 adverts begin "
			 "with one (RFC 9568 5.2.9); add for instance fe80::%x/64 on all nodes",
			 shown(d->name).s, i->vrid);
}

void resolve_vips(struct resolver *rs, const struct draft_instance *d, struct instance_conf *ret)
{
	struct vip_conf *vips = complaints_need(
		&rs->r->complaints, arena_array(rs->r->arena, d->vip_count, sizeof(*vips)));
	uint16_t n;

	if (vips == NULL)
		return;
	n = ret->advertised_count = list_vips(rs, d, ret, vips);
	for (const struct draft_vip *v = d->vips; v != NULL; v = v->next)
		if (v->excluded)
			resolve_vip(rs, v, ret->link, vips, &n);
	ret->vips = vips;
	ret->vip_count = n;
	check_listed(rs, d, ret);
}

/* ---- the way ---------------------------------------------------------------------------- */

/* RFC 3768 5.3.7: whole seconds. RFC 9568 5.2.7: twelve bits of centiseconds. */
static void resolve_interval(struct resolver *rs, const struct setting *s,
			     struct instance_conf *ret)
{
	const usec_t centisecond = 10000, most3 = 4095 * centisecond;
	usec_t v = s->at != NULL && !s->bad ? (usec_t)s->v : USEC_PER_SEC;
	bool good = ret->version == 3 ? v % centisecond == 0 && v <= most3 : v % USEC_PER_SEC == 0;

	ret->advert_us = v;
	if (good)
		return;
	if (ret->version == 3)
		complain(&rs->r->complaints, D_RANGE, s->at,
			 "'%s' is out of range: in version 3 'advert_int' takes hundredths of a "
			 "second, 0.01 to 40.95",
			 shown(s->at).s);
	else
		complain(&rs->r->complaints, D_RANGE, s->at,
			 "'%s' is not whole: in version 2 'advert_int' takes whole seconds, 1 to "
			 "255",
			 shown(s->at).s);
}

static void resolve_sum(struct resolver *rs, const struct draft_wire *w, struct instance_conf *ret)
{
	const struct draft_global *g = &rs->r->draft.global;
	bool plain = pick(&w->sum_as_v2, &g->sum_as_v2, 0) != 0;

	if (w->sum.at != NULL && w->sum.v != SUM_AUTO)
		plain = w->sum.v == SUM_RFC9568;
	ret->sum = plain ? VRRP_SUM_PLAIN : VRRP_SUM_PSEUDO;
	ret->sum_strict = w->sum.at != NULL && w->sum.v != SUM_AUTO;
}

static void resolve_group(struct resolver *rs, const struct draft_wire *w,
			  struct instance_conf *ret)
{
	const struct draft_global *g = &rs->r->draft.global;
	const struct draft_addr *global = ret->family == ADDR_V6 ? &g->group6 : &g->group4;

	ret->group = ret->family == ADDR_V6 ? vrrp_group6 : vrrp_group4;
	if (global->addr.family != ADDR_NONE)
		ret->group = global->addr;
	if (w->group.addr.family != ADDR_NONE && right_family(rs, w->group.at, &w->group.addr, ret))
		ret->group = w->group.addr;
}

static void take_peer(struct resolver *rs, const struct draft_peer *p,
		      const struct instance_conf *i, struct peer_conf *peers, uint16_t *n)
{
	struct complaints *to = &rs->r->complaints;

	if (!right_family(rs, p->at, &p->addr, i))
		return;
	if (addr_equal(&p->addr, &i->source)) {
		complain(to, D_NO_EFFECT, p->at,
			 "'%s' is our own address and left out: peers are the other nodes",
			 shown(p->at).s);
		return;
	}
	for (uint16_t k = 0; k < *n; k++)
		if (addr_equal(&peers[k].addr, &p->addr)) {
			complain(to, D_AGAIN, p->at, "'%s' is a peer already; the first one counts",
				 shown(p->at).s);
			return;
		}
	if (p->addr.family == ADDR_V6 && !is_linklocal(&p->addr))
		complain(to, D_PEER_GLOBAL, p->at,
			 "'%s' is not link-local: adverts over IPv6 are meant to stay on the link",
			 shown(p->at).s);
	peers[*n] = (struct peer_conf){
		.addr = p->addr,
		.min_ttl = (uint8_t)pick(&p->min_ttl, &none, p->max_ttl.at != NULL ? 1 : 255),
		.max_ttl = (uint8_t)pick(&p->max_ttl, &none, 255),
	};
	if (peers[*n].min_ttl > peers[*n].max_ttl)
		complain(to, D_RANGE, p->at, "min_ttl of '%s' is above its max_ttl",
			 shown(p->at).s);
	++*n;
}

static void resolve_peers(struct resolver *rs, const struct draft_wire *w,
			  struct instance_conf *ret)
{
	struct complaints *to = &rs->r->complaints;
	struct peer_conf *peers = complaints_need(
		to, arena_array(rs->r->arena, w->peer_count, sizeof(*peers)));
	uint16_t n = 0;

	ret->unicast_ttl = w->unicast_ttl.at != NULL ? (uint8_t)w->unicast_ttl.v : IP_TTL_VRRP;
	if (peers == NULL || w->peers_at == NULL)
		return;
	if (w->peer_count > PEERS_MAX) {
		complain(to, D_TOO_MANY, w->peers_at, "more than %d peers", PEERS_MAX);
		return;
	}
	if (w->peer_count == 0 && !w->peers_faulty)
		complain(to, D_NO_PEER, w->peers_at,
			 "'unicast_peer' is empty: there is nobody to send to, and multicast is "
			 "not fallen back to");
	for (const struct draft_peer *p = w->peers; p != NULL; p = p->next)
		take_peer(rs, p, ret, peers, &n);
	ret->peers = peers;
	ret->peer_count = n;
}

static void resolve_source(struct resolver *rs, const struct draft_wire *w,
			   struct instance_conf *ret)
{
	const struct draft_addr *s = w->unicast_source.at != NULL ? &w->unicast_source
								  : &w->mcast_source;

	if (s->addr.family != ADDR_NONE && right_family(rs, s->at, &s->addr, ret))
		ret->source = s->addr;
	if (w->unicast_source.at != NULL && w->peers_at == NULL)
		complain(&rs->r->complaints, D_NO_UNICAST, w->unicast_source.at,
			 "'unicast_src_ip' without 'unicast_peer': adverts go to the multicast "
			 "group");
}

void resolve_path(struct resolver *rs, const struct draft_instance *d, struct instance_conf *ret)
{
	resolve_interval(rs, &d->advert_int, ret);
	resolve_sum(rs, &d->wire, ret);
	resolve_source(rs, &d->wire, ret);
	resolve_group(rs, &d->wire, ret);
	resolve_peers(rs, &d->wire, ret);
}
