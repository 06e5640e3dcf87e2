#include "wire/ip.h"

#include <string.h>

#include "wire/cksum.h"

enum { FRAGMENT_BITS = 0x3fff }; /* more-fragments and the offset */

/* IPv6 next headers we look at, RFC 8200 4.1. */
enum { NEXT_HOP_BY_HOP = 0, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44, NEXT_OPTIONS = 60 };

const struct addr vrrp_group4 = { ADDR_V4, { 224, 0, 0, 18 } };
const struct addr vrrp_group6 = { ADDR_V6, { 0xff, 0x02, [15] = 0x12 } };

static enum drop ip4_decode(struct bytes d, struct ip *ret)
{
	size_t header, total;

	if (d.len < IP4_HEADER)
		return DROP_IP_MALFORMED;
	header = 4 * (size_t)(d.p[0] & 0x0f);
	total = get_be16(d.p + 2);
	if (header < IP4_HEADER || total < header || total > d.len)
		return DROP_IP_MALFORMED;
	if (inet_cksum(bytes_slice(d, 0, header)) != 0)
		return DROP_IP_MALFORMED;
	if ((get_be16(d.p + 6) & FRAGMENT_BITS) != 0)
		return DROP_IP_FRAGMENT;
	*ret = (struct ip){
		.src = addr_from_bytes(ADDR_V4, d.p + 12),
		.dst = addr_from_bytes(ADDR_V4, d.p + 16),
		.ttl = d.p[8],
		.proto = d.p[9],
		.payload = bytes_slice(d, header, total - header),
		.datagram = bytes_slice(d, 0, total),
	};
	return DROP_NONE;
}

/* Skips the extension headers at the head of |payload|. */
static enum drop skip_extensions(uint8_t *next, struct bytes *payload)
{
	while (*next == NEXT_HOP_BY_HOP || *next == NEXT_ROUTING || *next == NEXT_OPTIONS) {
		size_t len;

		if (payload->len < 8)
			return DROP_IP_MALFORMED;
		len = 8 * ((size_t)payload->p[1] + 1);
		if (len > payload->len)
			return DROP_IP_MALFORMED;
		*next = payload->p[0];
		*payload = bytes_slice(*payload, len, payload->len - len);
	}
	return *next == NEXT_FRAGMENT ? DROP_IP_FRAGMENT : DROP_NONE;
}

static enum drop ip6_decode(struct bytes d, struct ip *ret)
{
	struct bytes payload;
	size_t payload_len;
	enum drop drop;
	uint8_t next;

	if (d.len < IP6_HEADER)
		return DROP_IP_MALFORMED;
	payload_len = get_be16(d.p + 4);
	if (payload_len > d.len - IP6_HEADER)
		return DROP_IP_MALFORMED;
	payload = bytes_slice(d, IP6_HEADER, payload_len);
	next = d.p[6];
	drop = skip_extensions(&next, &payload);
	if (drop != DROP_NONE)
		return drop;
	*ret = (struct ip){
		.src = addr_from_bytes(ADDR_V6, d.p + 8),
		.dst = addr_from_bytes(ADDR_V6, d.p + 24),
		.ttl = d.p[7],
		.proto = next,
		.payload = payload,
		.datagram = bytes_slice(d, 0, IP6_HEADER + payload_len),
	};
	return DROP_NONE;
}

enum drop ip_decode(struct bytes d, struct ip *ret)
{
	if (d.len > 0 && d.p[0] >> 4 == 4)
		return ip4_decode(d, ret);
	if (d.len > 0 && d.p[0] >> 4 == 6)
		return ip6_decode(d, ret);
	return DROP_IP_MALFORMED;
}

static size_t ip4_encode(uint8_t *p, const struct addr *src, const struct addr *dst, uint8_t proto,
			 uint8_t ttl, uint16_t id, size_t payload_len)
{
	memset(p, 0, IP4_HEADER);
	p[0] = 0x45;
	p[1] = IP_TOS_VRRP;
	put_be16(p + 2, (uint16_t)(IP4_HEADER + payload_len));
	put_be16(p + 4, id);
	p[8] = ttl;
	p[9] = proto;
	memcpy(p + 12, src->b, 4);
	memcpy(p + 16, dst->b, 4);
	put_be16(p + 10, inet_cksum((struct bytes){ p, IP4_HEADER }));
	return IP4_HEADER;
}

size_t ip_encode(uint8_t *p, const struct addr *src, const struct addr *dst, uint8_t proto,
		 uint8_t ttl, uint16_t id, size_t payload_len)
{
	if (src->family == ADDR_V4)
		return ip4_encode(p, src, dst, proto, ttl, id, payload_len);
	put_be32(p, 6u << 28 | (uint32_t)IP_TOS_VRRP << 20);
	put_be16(p + 4, (uint16_t)payload_len);
	p[6] = proto;
	p[7] = ttl;
	memcpy(p + 8, src->b, 16);
	memcpy(p + 24, dst->b, 16);
	return IP6_HEADER;
}
