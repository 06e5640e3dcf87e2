#include "wire/vrrp.h"

#include <string.h>

#include "wire/cksum.h"
#include "wire/ip.h"

enum { INTERVAL_MASK = 0x0fff, USEC_PER_CS = 10000, PSEUDO_MAX = 40 };

size_t vrrp_length(uint8_t version, uint8_t family, uint8_t count)
{
	return VRRP_HEADER + addr_len(family) * count + (version == 2 ? VRRP2_AUTH : 0);
}

/* ---- checksum --------------------------------------------------------------------------- */

/* RFC 8200 8.1 for IPv6; source, destination, zero, protocol, length for IPv4. */
static size_t pseudo_header(uint8_t *p, const struct addr *src, const struct addr *dst, size_t len)
{
	size_t n = addr_len(src->family);

	memcpy(p, src->b, n);
	memcpy(p + n, dst->b, n);
	p += 2 * n;
	if (src->family == ADDR_V4) {
		put_be16(p, IP_PROTO_VRRP);
		put_be16(p + 2, (uint16_t)len);
		return 12;
	}
	put_be32(p, (uint32_t)len);
	put_be32(p + 4, IP_PROTO_VRRP);
	return 40;
}

static uint16_t pseudo_sum(struct bytes msg, const struct addr *src, const struct addr *dst)
{
	uint8_t header[PSEUDO_MAX];
	uint16_t first = (uint16_t)~inet_cksum(
		(struct bytes){ header, pseudo_header(header, src, dst, msg.len) });
	uint32_t sum = (uint32_t)first + (uint16_t)~inet_cksum(msg);

	return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

/* Finds the form in which the checksum of |msg| is right. */
static bool find_sum(struct bytes msg, const struct vrrp_path *path, enum vrrp_sum *ret)
{
	bool v2 = vrrp_version(msg) == 2, v6 = path->src->family == ADDR_V6;

	if (!v2 && (pseudo_sum(msg, path->src, path->dst) == 0 ||
		    (!v6 && path->unicast && pseudo_sum(msg, path->src, &vrrp_group4) == 0))) {
		*ret = VRRP_SUM_PSEUDO;
		return true;
	}
	if (v6 || inet_cksum(msg) != 0)
		return false;
	*ret = VRRP_SUM_PLAIN;
	return true;
}

void vrrp_seal(uint8_t *p, size_t len, uint8_t priority, enum vrrp_sum sum,
	       const struct vrrp_path *path)
{
	struct bytes msg = { p, len };

	p[2] = priority;
	put_be16(p + 6, 0);
	if (vrrp_version(msg) == 2 || (path->src->family == ADDR_V4 && sum == VRRP_SUM_PLAIN))
		put_be16(p + 6, inet_cksum(msg));
	else
		put_be16(p + 6, pseudo_sum(msg, path->src, path->dst));
}

/* ---- messages --------------------------------------------------------------------------- */

enum drop vrrp_decode(struct bytes msg, const struct vrrp_path *path, struct advert *ret)
{
	uint8_t version = vrrp_version(msg), count = msg.p[3];
	size_t vips_len = addr_len(path->src->family) * count;
	enum vrrp_sum sum;

	if ((msg.p[0] & 0x0f) != VRRP_ADVERT)
		return DROP_TYPE;
	if (msg.len != vrrp_length(version, path->src->family, count))
		return DROP_LENGTH;
	if (!find_sum(msg, path, &sum))
		return DROP_CHECKSUM;
	*ret = (struct advert){
		.version = version,
		.vrid = msg.p[1],
		.priority = msg.p[2],
		.count = count,
		.sum = sum,
		.vips = bytes_slice(msg, VRRP_HEADER, vips_len),
	};
	if (version == 2) {
		ret->auth_type = msg.p[4];
		ret->interval_us = msg.p[5] * USEC_PER_SEC;
		ret->auth = msg.p + VRRP_HEADER + vips_len;
	} else {
		ret->interval_us = (usec_t)(get_be16(msg.p + 4) & INTERVAL_MASK) * USEC_PER_CS;
	}
	return DROP_NONE;
}

void vrrp_encode(uint8_t *p, const struct advert *a)
{
	p[0] = (uint8_t)(a->version << 4 | VRRP_ADVERT);
	p[1] = a->vrid;
	p[2] = a->priority;
	p[3] = a->count;
	if (a->version == 2) {
		p[4] = a->auth_type;
		p[5] = (uint8_t)(a->interval_us / USEC_PER_SEC);
	} else {
		put_be16(p + 4, (uint16_t)(a->interval_us / USEC_PER_CS) & INTERVAL_MASK);
	}
	put_be16(p + 6, 0);
	if (a->vips.len > 0)
		memcpy(p + VRRP_HEADER, a->vips.p, a->vips.len);
	if (a->version == 2)
		memcpy(p + VRRP_HEADER + a->vips.len, a->auth, VRRP2_AUTH);
}
