#include "core/receive.h"

#include <string.h>

#include "wire/ah.h"

/* Where the VRRP message begins, behind an authentication header if there is one. A header that is
 * cut short leaves no message; that is found out in its turn. */
static struct bytes find_message(const struct ip *ip)
{
	struct ah ah;

	if (ip->proto == IP_PROTO_VRRP)
		return ip->payload;
	if (ah_decode(ip->payload, &ah) != DROP_NONE)
		return (struct bytes){ ip->payload.p, 0 };
	return ah.payload;
}

enum drop packet_open(struct bytes datagram, struct received *ret)
{
	struct received r = { .vrid = 0 };
	enum drop drop = ip_decode(datagram, &r.ip);

	if (drop != DROP_NONE)
		return drop;
	r.has_ah = r.ip.proto == IP_PROTO_AH && r.ip.src.family == ADDR_V4;
	if (r.ip.proto != IP_PROTO_VRRP && !r.has_ah)
		return DROP_NOT_VRRP;
	if (r.has_ah && r.ip.payload.len > 0 && r.ip.payload.p[0] != IP_PROTO_VRRP)
		return DROP_NOT_VRRP;
	r.message = find_message(&r.ip);
	r.has_vrid = r.message.len >= 2;
	if (r.has_vrid)
		r.vrid = r.message.p[1];
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

/* In multicast keepalived's ICV counts the TTL and RFC 2402's does not; either will do. */
static bool good_icv(const struct received *r, const struct receiver *to, const struct ah *ah)
{
	struct bytes key = { to->conf->auth_key, sizeof(to->conf->auth_key) };
	uint8_t icv[AH_ICV];

	if (r->ip.datagram.len > AH_DATAGRAM_MAX)
		return false;
	ah_icv(to->crypto, key, r->ip.datagram, false, icv);
	if (bytes_same_secret(icv, ah->icv, AH_ICV))
		return true;
	if (to->conf->peer_count > 0)
		return false;
	ah_icv(to->crypto, key, r->ip.datagram, true, icv);
	return bytes_same_secret(icv, ah->icv, AH_ICV);
}

static enum drop judge_ah(const struct received *r, const struct receiver *to,
			  uint32_t *ret_sequence)
{
	struct ah ah;
	enum drop drop = ah_decode(r->ip.payload, &ah);

	if (drop != DROP_NONE)
		return drop;
	if (!good_icv(r, to, &ah))
		return DROP_AUTH_FAILURE;
	if (ah.spi != get_be32(r->ip.src.b))
		return DROP_AUTH_SPI;
	if (ah.sequence <= to->ah_sequence)
		return DROP_AUTH_REPLAY;
	*ret_sequence = ah.sequence;
	return DROP_NONE;
}

static enum drop judge_auth(const struct received *r, const struct receiver *to,
			    struct judgement *j)
{
	const struct advert *a = &j->advert;
	uint8_t ours = to->conf->auth_type;

	if (a->version != 2)
		return DROP_NONE;
	if (a->auth_type > VRRP_AUTH_AH)
		return DROP_AUTH_TYPE_UNKNOWN;
	if (a->auth_type != ours || r->has_ah != (ours == VRRP_AUTH_AH))
		return DROP_AUTH_TYPE_MISMATCH;
	if (ours == VRRP_AUTH_PASS && !bytes_same_secret(a->auth, to->conf->auth_key, VRRP2_AUTH))
		return DROP_AUTH_FAILURE;
	if (ours == VRRP_AUTH_AH)
		return judge_ah(r, to, &j->ah_sequence);
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

static enum drop judge_content(const struct received *r, const struct receiver *to,
			       struct judgement *j)
{
	const struct instance_conf *conf = to->conf;
	enum drop drop;

	if (wrong_destination(r, conf, to->own))
		return DROP_WRONG_DESTINATION;
	drop = judge_owner(conf, to->priority, &j->noticed);
	if (drop == DROP_NONE)
		drop = judge_auth(r, to, j);
	if (drop == DROP_NONE)
		drop = judge_v3(&j->advert, conf->family);
	if (drop == DROP_NONE)
		drop = judge_settings(&j->advert, conf, &j->noticed);
	return drop;
}

/* ---- the whole -------------------------------------------------------------------------- */

/* An owner that does not count along would be taken for a replay after its restart. */
static uint32_t owner_hears(const struct received *r, const struct receiver *to)
{
	struct judgement j = { .advert.version = to->conf->version,
			       .advert.auth_type = to->conf->auth_type };

	if (!r->has_ah || judge_auth(r, to, &j) != DROP_NONE)
		return 0;
	return j.ah_sequence;
}

static struct vrrp_path path_of(const struct received *r, bool unicast)
{
	return (struct vrrp_path){ .src = &r->ip.src, .dst = &r->ip.dst, .unicast = unicast };
}

/* Checks 6 and 7. */
static enum drop judge_shape(const struct received *r)
{
	struct ah ah;

	if (r->has_ah && ah_decode(r->ip.payload, &ah) != DROP_NONE)
		return DROP_AH_MALFORMED;
	return r->message.len < VRRP_HEADER ? DROP_LENGTH : DROP_NONE;
}

static enum drop judge_message(const struct received *r, const struct instance_conf *conf,
			       struct advert *ret)
{
	struct vrrp_path path = path_of(r, conf->peer_count > 0);
	enum drop drop;

	if (vrrp_version(r->message) != conf->version)
		return DROP_VERSION;
	drop = vrrp_decode(r->message, &path, ret);
	if (drop != DROP_NONE)
		return drop;
	if (conf->sum_strict && conf->version == 3 && conf->family == ADDR_V4 &&
	    ret->sum != conf->sum)
		return DROP_CHECKSUM;
	return DROP_NONE;
}

enum drop packet_judge(const struct received *r, const struct receiver *to, struct judgement *ret)
{
	struct judgement j = { .noticed = 0 };
	enum drop drop;

	if (r->has_ah && to->conf->version != 2)
		return DROP_NOT_VRRP;
	drop = judge_source(r, to->own, to->conf->peer_count > 0);
	if (drop == DROP_NONE)
		drop = judge_shape(r);
	if (drop == DROP_NONE)
		drop = judge_hop(r, to->conf);
	if (drop == DROP_NONE)
		drop = judge_message(r, to->conf, &j.advert);
	if (drop == DROP_NONE)
		drop = judge_content(r, to, &j);
	if (drop == DROP_OWNER)
		ret->ah_sequence = owner_hears(r, to);
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

	if (drop == DROP_NONE)
		drop = judge_shape(r);
	if (drop != DROP_NONE)
		return drop;
	if (r->ip.ttl != IP_TTL_VRRP)
		return DROP_TTL;
	version = vrrp_version(r->message);
	if (version != 3 && (version != 2 || r->ip.src.family == ADDR_V6))
		return DROP_VERSION;
	drop = vrrp_decode(r->message, &path, &advert);
	return drop != DROP_NONE ? drop : DROP_VRID;
}
