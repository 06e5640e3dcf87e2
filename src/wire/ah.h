/* wire/ah.h - the IP Authentication Header around VRRPv2, RFC 2402 as keepalived deploys it:
 * HMAC-MD5 cut to 96 bits, the SPI is the source address, and in multicast the TTL counts (RFC 2402
 * would have it zeroed).
 *
 * 0 next header, 1 length in words less two, 2 reserved, 4 SPI, 8 sequence number, 12 ICV. */
#ifndef WIRE_AH_H
#define WIRE_AH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "wire/drop.h"

enum { AH_HEADER = 24, AH_ICV = 12 };

/* keepalived counts no further. */
#define AH_SEQUENCE_LAST 0xfffffffdu

struct ah {
	uint32_t spi, sequence;
	const uint8_t *icv;   /* AH_ICV bytes, borrowed */
	struct bytes payload; /* what follows, borrowed */
};

/* Decodes the header at the begin of |b|. DROP_AH_MALFORMED: cut short, or not six words. */
enum drop ah_decode(struct bytes b, struct ah *ret);

/* Writes a header before a VRRP message at |p|, the ICV still zero. */
void ah_encode(uint8_t p[AH_HEADER], uint32_t spi, uint32_t sequence);

/* Computes the ICV of a whole IPv4 |datagram| that has an AH right after its IP header, into |icv|.
 * TOS, flags, offset, header checksum and the ICV itself count as zero; the TTL too unless
 * |keep_ttl|. |datagram| is at most AH_DATAGRAM_MAX bytes. */
enum { AH_DATAGRAM_MAX = 1200 };
void ah_icv(const struct crypto *, struct bytes key, struct bytes datagram, bool keep_ttl,
	    uint8_t icv[AH_ICV]);

#endif
