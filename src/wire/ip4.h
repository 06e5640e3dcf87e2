/* wire/ip4.h - the IPv4 header around an advertisement, RFC 791, RFC 3768 5.2. */
#ifndef WIRE_IP4_H
#define WIRE_IP4_H

#include <stdint.h>

#include "base/addr.h"
#include "base/bytes.h"
#include "wire/drop.h"

enum {
	IP4_HEADER = 20,
	IP_PROTO_VRRP = 112,
	IP_TTL_VRRP = 255,  /* RFC 3768 5.2.3 */
	IP_TOS_VRRP = 0xc0, /* class selector 6, as keepalived and FRR send */
};

/* 224.0.0.18, RFC 3768 5.2.2. */
#define VRRP_GROUP4 0xe0000012u

struct ip4 {
	struct addr src, dst;
	uint8_t ttl, proto;
	struct bytes payload; /* borrowed: options skipped, cut at the total length */
};

/* Decodes the header of |datagram|, which may be longer than the packet (Ethernet padding).
 * DROP_IP_MALFORMED: version, IHL, total length or header checksum; DROP_IP_FRAGMENT: any fragment.
 */
enum drop ip4_decode(struct bytes datagram, struct ip4 *ret);

/* Writes a 20-byte header for |payload_len| bytes of protocol 112 at |p|: TTL 255, TOS 0xc0,
 * identification 0 for the kernel to choose. */
void ip4_encode(uint8_t p[IP4_HEADER], const struct addr *src, const struct addr *dst,
		size_t payload_len);

#endif
