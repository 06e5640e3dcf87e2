#include "wire/ip4.h"

#include <string.h>

#include "wire/cksum.h"

enum { FRAGMENT_BITS = 0x3fff }; /* more-fragments and the offset */

enum drop ip4_decode(struct bytes d, struct ip4 *ret)
{
	size_t header, total;

	if (d.len < IP4_HEADER || d.p[0] >> 4 != 4)
		return DROP_IP_MALFORMED;
	header = 4 * (size_t)(d.p[0] & 0x0f);
	total = get_be16(d.p + 2);
	if (header < IP4_HEADER || total < header || total > d.len)
		return DROP_IP_MALFORMED;
	if (inet_cksum(bytes_slice(d, 0, header)) != 0)
		return DROP_IP_MALFORMED;
	if ((get_be16(d.p + 6) & FRAGMENT_BITS) != 0)
		return DROP_IP_FRAGMENT;
	*ret = (struct ip4){
		.src = addr_from_bytes(ADDR_V4, d.p + 12),
		.dst = addr_from_bytes(ADDR_V4, d.p + 16),
		.ttl = d.p[8],
		.proto = d.p[9],
		.payload = bytes_slice(d, header, total - header),
	};
	return DROP_NONE;
}

void ip4_encode(uint8_t p[IP4_HEADER], const struct addr *src, const struct addr *dst,
		size_t payload_len)
{
	memset(p, 0, IP4_HEADER);
	p[0] = 0x45;
	p[1] = IP_TOS_VRRP;
	put_be16(p + 2, (uint16_t)(IP4_HEADER + payload_len));
	p[8] = IP_TTL_VRRP;
	p[9] = IP_PROTO_VRRP;
	memcpy(p + 12, src->b, 4);
	memcpy(p + 16, dst->b, 4);
	put_be16(p + 10, inet_cksum((struct bytes){ p, IP4_HEADER }));
}
