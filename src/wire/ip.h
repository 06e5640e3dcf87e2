/* wire/ip.h - the IP header around an advertisement: RFC 791, RFC 8200; RFC 9568 5.1. */
#ifndef WIRE_IP_H
#define WIRE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/bytes.h"
#include "wire/drop.h"

enum {
	IP4_HEADER = 20,
	IP6_HEADER = 40,
	IP_PROTO_AH = 51,
	IP_PROTO_VRRP = 112,
	IP_TTL_VRRP = 255,  /* RFC 9568 5.1.1.3, 5.1.2.3 */
	IP_TOS_VRRP = 0xc0, /* class selector 6, as keepalived and FRR send */
};

/* 224.0.0.18 and ff02::12, RFC 9568 5.1.1.2 and 5.1.2.2. */
#define VRRP_GROUP4 0xe0000012u
extern const struct addr vrrp_group4, vrrp_group6;

struct ip {
	struct addr src, dst;
	uint8_t ttl; /* or hop limit */
	uint8_t proto;
	struct bytes payload; /* borrowed: options and extension headers skipped, padding cut off */
	struct bytes datagram; /* borrowed: header and payload, padding cut off */
};

/* Decodes the header of |datagram|, which may be longer than the packet (Ethernet padding).
 * DROP_IP_MALFORMED: version, lengths or IPv4 header checksum; DROP_IP_FRAGMENT: any fragment,
 * an IPv6 fragment header that fragments nothing too. */
enum drop ip_decode(struct bytes datagram, struct ip *ret);

/* Writes a header without options for |payload_len| bytes of |proto| at |p|; the family is that of
 * |src|. IPv4: identification |id|, 0 leaves it to the kernel. Returns its length. */
size_t ip_encode(uint8_t *p, const struct addr *src, const struct addr *dst, uint8_t proto,
		 uint8_t ttl, uint16_t id, size_t payload_len);

/* Length of the header ip_encode() writes for |family|. */
static inline size_t ip_header_len(uint8_t family)
{
	return family == ADDR_V6 ? IP6_HEADER : IP4_HEADER;
}

#endif
