#include "core/receive.h"

#include <string.h>

enum drop packet_open(struct bytes datagram, struct received *ret)
{
	struct received r = { .vrid = 0 };
	enum drop drop = ip_decode(datagram, &r.ip);

	if (drop != DROP_NONE)
		return drop;
	if (r.ip.proto != IP_PROTO_VRRP)
		return DROP_NOT_VRRP;
	r.has_vrid = r.ip.payload.len >= 2;
	if (r.has_vrid)
		r.vrid = r.ip.payload.p[1];
	*ret = r;
	return DROP_NONE;
}

/* ---- sender ----------------------------------------------------------------------------- */

static bool is_linklocal(const struct addr *a)
{
	return a->family == ADDR_V6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

static enum drop judge_source(const struct received *r, const struct addr *own, bool unicast)
{
	const struct addr *src = &r->ip.src;

	if (addr_equal(src, own))
		return DROP_OWN_SOURCE;
	if (!addr_is_host(src) || (src->family == ADDR_V6 && !unicast && !is_linklocal(src)))
		return DROP_BAD_SOURCE;
	return DROP_NONE;
}

static const struct peer_conf *find_peer(const struct instance_conf *conf, const struct addr *src)
{
	for (uint16_t n = 0; n < conf->peer_count; n++)
		if (addr_equal(&conf->peers[n].addr, src))
			return &conf->peers[n];
	return NULL;
}

static enum drop judge_hop(const struct received *r, const struct instance_conf *conf)
{
	const struct peer_conf *peer;

	if (conf->peer_count == 0)
		return r->ip.ttl == IP_TTL_VRRP ? DROP_NONE : DROP_TTL;
	peer = find_peer(conf, &r->ip.src);
	if (peer == NULL)
		return DROP_UNKNOWN_PEER;
	return r->ip.ttl >= peer->min_ttl && r->ip.ttl <= peer->max_ttl ? DROP_NONE : DROP_TTL;
}

/* ---- content ---------------------------------------------------------------------------- */

/* Compares all eight bytes whatever they are, so that the time taken tells nothing. */
static bool same_key(const uint8_t *a, const uint8_t *b)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < VRRP2_AUTH; i++)
		differ |= (uint8_t)(a[i] ^ b[i]);
	return differ == 0;
}

static enum drop judge_auth(const struct advert *a, const struct instance_conf *conf)
{
	if (a->version != 2)
		return DROP_NONE;
	if (a->auth_type > VRRP_AUTH_AH)
		return DROP_AUTH_TYPE_UNKNOWN;
	if (a->auth_type != conf->auth_type)
		return DROP_AUTH_TYPE_MISMATCH;
	if (a->auth_type == VRRP_AUTH_PASS && !same_key(a->auth, conf->auth_key))
		return DROP_AUTH_FAILURE;
	return DROP_NONE;
}

/* RFC 9568 5.2.5, 5.2.7, 5.2.9 with errata 8299, 8301, 8300. */
static enum drop judge_v3(const struct advert *a, uint8_t family)
{
	if (a->version == 2)
		return DROP_NONE;
	if (a->count == 0)
		return DROP_ZERO_ADDRESSES;
	if (a->interval_us == 0)
		return DROP_ZERO_INTERVAL;
	if (family == ADDR_V6) {
		struct addr first = addr_from_bytes(ADDR_V6, a->vips.p);

		if (!is_linklocal(&first))
			return DROP_FIRST_NOT_LINKLOCAL;
	}
	return DROP_NONE;
}

static bool lists_vip(const struct advert *a, const struct addr *vip)
{
	size_t size = addr_len(vip->family);

	for (size_t i = 0; i < a->count; i++)
		if (memcmp(a->vips.p + size * i, vip->b, size) == 0)
			return true;
	return false;
}

/* Same addresses in any order. Usually the order is the same too, and one pass is enough. */
static bool same_vips(const struct advert *a, const struct instance_conf *conf)
{
	size_t size = addr_len(conf->family);
	uint16_t i = 0;

	if (a->count != conf->advertised_count)
		return false;
	while (i < a->count && memcmp(a->vips.p + size * i, conf->vips[i].addr.b, size) == 0)
		i++;
	for (; i < a->count; i++)
		if (!lists_vip(a, &conf->vips[i].addr))
			return false;
	return true;
}

static bool wrong_destination(const struct received *r, const struct instance_conf *conf,
			      const struct addr *own)
{
	return !addr_equal(&r->ip.dst, conf->peer_count > 0 ? own : &conf->group);
}

/* RFC 3768 7.1: an owner discards. RFC 9568 7.1 with erratum 8298: it notices, unless told not to.
 */
static enum drop judge_owner(const struct instance_conf *conf, uint8_t priority, uint32_t *noticed)
{
	if (priority != VRRP_PRIORITY_OWNER)
		return DROP_NONE;
	if (conf->version == 2 || conf->owner_ignore)
		return DROP_OWNER;
	*noticed |= 1u << DROP_OWNER;
	return DROP_NONE;
}

/* What version 2 drops and version 3 counts and forgives: RFC 3768 7.1, RFC 9568 7.1. */
static enum drop judge_settings(const struct advert *a, const struct instance_conf *conf,
				uint32_t *noticed)
{
	bool same_list = same_vips(a, conf), same_interval = a->interval_us == conf->advert_us;
	bool v2 = conf->version == 2;

	if (v2 && !same_list && a->priority != VRRP_PRIORITY_OWNER)
		return DROP_ADDRLIST_MISMATCH;
	if (v2 && !same_interval)
		return DROP_INTERVAL_MISMATCH;
	if (!same_list)
		*noticed |= 1u << DROP_ADDRLIST_MISMATCH;
	if (!same_interval)
		*noticed |= 1u << DROP_INTERVAL_MISMATCH;
	return DROP_NONE;
}

static enum drop judge_content(const struct received *r, const struct instance_conf *conf,
			       const struct addr *own, uint8_t priority, struct judgement *j)
{
	enum drop drop;

	if (wrong_destination(r, conf, own))
		return DROP_WRONG_DESTINATION;
	drop = judge_owner(conf, priority, &j->noticed);
	if (drop == DROP_NONE)
		drop = judge_auth(&j->advert, conf);
	if (drop == DROP_NONE)
		drop = judge_v3(&j->advert, conf->family);
	if (drop == DROP_NONE)
		drop = judge_settings(&j->advert, conf, &j->noticed);
	return drop;
}

/* ---- the whole -------------------------------------------------------------------------- */

static struct vrrp_path path_of(const struct received *r, bool unicast)
{
	return (struct vrrp_path){ .src = &r->ip.src, .dst = &r->ip.dst, .unicast = unicast };
}

enum drop packet_judge(const struct received *r, const struct instance_conf *conf,
		       const struct addr *own, uint8_t priority, struct judgement *ret)
{
	struct vrrp_path path = path_of(r, conf->peer_count > 0);
	struct judgement j = { .noticed = 0 };
	enum drop drop = judge_source(r, own, path.unicast);

	if (drop != DROP_NONE)
		return drop;
	if (r->ip.payload.len < VRRP_HEADER)
		return DROP_LENGTH;
	drop = judge_hop(r, conf);
	if (drop != DROP_NONE)
		return drop;
	if (vrrp_version(r->ip.payload) != conf->version)
		return DROP_VERSION;
	drop = vrrp_decode(r->ip.payload, &path, &j.advert);
	if (drop != DROP_NONE)
		return drop;
	if (conf->sum_strict && conf->version == 3 && conf->family == ADDR_V4 &&
	    j.advert.sum != conf->sum)
		return DROP_CHECKSUM;
	drop = judge_content(r, conf, own, priority, &j);
	if (drop != DROP_NONE)
		return drop;
	*ret = j;
	return DROP_NONE;
}

enum drop packet_judge_stray(const struct received *r, const struct addr *own)
{
	struct vrrp_path path = path_of(r, true);
	enum drop drop = judge_source(r, own, true);
	struct advert advert;
	uint8_t version;

	if (drop != DROP_NONE)
		return drop;
	if (r->ip.payload.len < VRRP_HEADER)
		return DROP_LENGTH;
	if (r->ip.ttl != IP_TTL_VRRP)
		return DROP_TTL;
	version = vrrp_version(r->ip.payload);
	if (version != 3 && (version != 2 || r->ip.src.family == ADDR_V6))
		return DROP_VERSION;
	drop = vrrp_decode(r->ip.payload, &path, &advert);
	return drop != DROP_NONE ? drop : DROP_VRID;
}
