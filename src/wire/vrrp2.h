/* wire/vrrp2.h - VRRPv2 advertisements, RFC 3768 section 5, with the simple text authentication of
 * RFC 2338 5.3.6.
 *
 * Offsets: 0 version and type, 1 VRID, 2 priority, 3 count, 4 authentication type, 5 interval in
 * seconds, 6 checksum, 8 addresses, then 8 bytes of authentication data. */
#ifndef WIRE_VRRP2_H
#define WIRE_VRRP2_H

#include <stdint.h>

#include "base/bytes.h"
#include "wire/drop.h"

enum {
	VRRP_HEADER = 8,
	VRRP2_AUTH = 8, /* bytes of authentication data, always there */
	VRRP_ADVERT = 1,
	VRRP_VIPS_MAX = 255,
	VRRP_PRIORITY_STOP = 0,
	VRRP_PRIORITY_OWNER = 255,
	VRRP2_MESSAGE_MAX = VRRP_HEADER + 4 * VRRP_VIPS_MAX + VRRP2_AUTH,
};

enum vrrp_auth { VRRP_AUTH_NONE = 0, VRRP_AUTH_PASS = 1, VRRP_AUTH_AH = 2 };

struct vrrp2_advert {
	uint8_t vrid, priority, count, auth_type;
	uint8_t interval_s;
	struct bytes vips;   /* 4 * count bytes, borrowed from the packet */
	const uint8_t *auth; /* VRRP2_AUTH bytes, borrowed from the packet */
};

/* The version of a message of at least one byte. */
static inline uint8_t vrrp_version(struct bytes msg)
{
	return msg.p[0] >> 4;
}

/* Decodes |msg|, which holds at least VRRP_HEADER bytes and says it is version 2. In this order
 * DROP_TYPE, DROP_LENGTH (not exactly 16 + 4 * count), DROP_CHECKSUM. */
enum drop vrrp2_decode(struct bytes msg, struct vrrp2_advert *ret);

/* Writes |a| with its checksum at |p|, which has room for VRRP2_MESSAGE_MAX bytes; |a->vips| holds
 * 4 * |a->count| bytes. Returns the length, 16 + 4 * count. */
size_t vrrp2_encode(uint8_t *p, const struct vrrp2_advert *a);

/* Changes the priority of an encoded message of |len| bytes, and its checksum with it. */
void vrrp2_set_priority(uint8_t *p, size_t len, uint8_t priority);

#endif
