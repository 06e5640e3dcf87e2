#include "core/receive.h"

#include <string.h>

enum drop packet_open(struct bytes datagram, struct received *ret)
{
	struct received r = { .vrid = 0 };
	enum drop drop = ip4_decode(datagram, &r.ip);

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

/* Compares all eight bytes whatever they are, so that the time taken tells nothing. */
static bool same_key(const uint8_t *a, const uint8_t *b)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < VRRP2_AUTH; i++)
		differ |= (uint8_t)(a[i] ^ b[i]);
	return differ == 0;
}

static enum drop judge_auth(const struct vrrp2_advert *a, const struct instance_conf *conf)
{
	if (a->auth_type > VRRP_AUTH_AH)
		return DROP_AUTH_TYPE_UNKNOWN;
	if (a->auth_type != conf->auth_type)
		return DROP_AUTH_TYPE_MISMATCH;
	if (a->auth_type == VRRP_AUTH_PASS && !same_key(a->auth, conf->auth_key))
		return DROP_AUTH_FAILURE;
	return DROP_NONE;
}

static bool lists_vip(const struct vrrp2_advert *a, const struct addr *vip)
{
	for (size_t i = 0; i < a->count; i++)
		if (memcmp(a->vips.p + 4 * i, vip->b, 4) == 0)
			return true;
	return false;
}

/* Same addresses in any order. Usually the order is the same too, and one pass is enough. */
static bool same_vips(const struct vrrp2_advert *a, const struct instance_conf *conf)
{
	uint16_t i = 0;

	if (a->count != conf->vip_count)
		return false;
	while (i < conf->vip_count &&
	       memcmp(a->vips.p + 4 * (size_t)i, conf->vips[i].addr.b, 4) == 0)
		i++;
	for (; i < conf->vip_count; i++)
		if (!lists_vip(a, &conf->vips[i].addr))
			return false;
	return true;
}

/* What the instance alone can tell: RFC 3768 7.1 from the VRID on. */
static enum drop judge_content(const struct received *r, const struct vrrp2_advert *a,
			       const struct instance_conf *conf, uint8_t priority)
{
	const struct addr group = addr_v4(VRRP_GROUP4);
	enum drop drop;

	if (!addr_equal(&r->ip.dst, &group))
		return DROP_WRONG_DESTINATION;
	if (priority == VRRP_PRIORITY_OWNER)
		return DROP_OWNER;
	drop = judge_auth(a, conf);
	if (drop != DROP_NONE)
		return drop;
	if (a->priority != VRRP_PRIORITY_OWNER && !same_vips(a, conf))
		return DROP_ADDRLIST_MISMATCH;
	if (a->interval_s * USEC_PER_SEC != conf->advert_us)
		return DROP_INTERVAL_MISMATCH;
	return DROP_NONE;
}

enum drop packet_judge(const struct received *r, const struct instance_conf *conf,
		       const struct addr *own, uint8_t priority, struct vrrp2_advert *ret)
{
	struct vrrp2_advert advert;
	uint8_t version;
	enum drop drop;

	if (addr_equal(&r->ip.src, own))
		return DROP_OWN_SOURCE;
	if (!addr_is_host(&r->ip.src))
		return DROP_BAD_SOURCE;
	if (r->ip.payload.len < VRRP_HEADER)
		return DROP_LENGTH;
	if (r->ip.ttl != IP_TTL_VRRP)
		return DROP_TTL;
	version = vrrp_version(r->ip.payload);
	if (version != 2 && !(version == 3 && conf == NULL))
		return DROP_VERSION;
	if (version == 3)
		return DROP_VRID;
	drop = vrrp2_decode(r->ip.payload, &advert);
	if (drop != DROP_NONE)
		return drop;
	if (conf == NULL)
		return DROP_VRID;
	drop = judge_content(r, &advert, conf, priority);
	if (drop != DROP_NONE)
		return drop;
	*ret = advert;
	return DROP_NONE;
}
