/* wire/vrrp.h - advertisements: VRRPv2 (RFC 3768 section 5, with the authentication types of
 * RFC 2338) and VRRPv3 (RFC 9568 section 5, and RFC 5798's IPv4 checksum as the field reads it).
 *
 * Both begin: 0 version and type, 1 VRID, 2 priority, 3 count, 6 checksum, 8 addresses. Version 2
 * has the authentication type at 4, the interval in seconds at 5, and 8 bytes of authentication
 * data at the end; version 3 has 12 bits of centiseconds at 4 and nothing at the end. */
#ifndef WIRE_VRRP_H
#define WIRE_VRRP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/bytes.h"
#include "base/time.h"
#include "wire/drop.h"

enum {
	VRRP_HEADER = 8,
	VRRP2_AUTH = 8, /* bytes of authentication data, always there in version 2 */
	VRRP_ADVERT = 1,
	VRRP_VIPS_MAX = 255,
	VRRP_PRIORITY_STOP = 0,
	VRRP_PRIORITY_OWNER = 255,
	VRRP_MESSAGE_MAX = VRRP_HEADER + 16 * VRRP_VIPS_MAX,
};

enum vrrp_auth { VRRP_AUTH_NONE = 0, VRRP_AUTH_PASS = 1, VRRP_AUTH_AH = 2 };

/* What the checksum of a VRRPv3 message over IPv4 covers. */
enum vrrp_sum {
	VRRP_SUM_PSEUDO, /* a pseudo-header and the message: RFC 5798 in practice */
	VRRP_SUM_PLAIN,  /* the message: RFC 9568, and version 2 */
};

struct advert {
	uint8_t version, vrid, priority;
	uint8_t count;      /* of addresses */
	uint8_t auth_type;  /* version 2 */
	enum vrrp_sum sum;  /* how it was summed; decode only */
	usec_t interval_us; /* whole seconds in version 2, centiseconds in version 3 */
	struct bytes vips;  /* |count| addresses, borrowed from the packet */
	const uint8_t
		*auth; /* VRRP2_AUTH bytes in version 2, borrowed from the packet; else NULL */
};

/* Around a message: what its checksum may depend on. */
struct vrrp_path {
	const struct addr *src, *dst; /* of one family */
	bool unicast; /* the sum may hold 224.0.0.18 instead: keepalived before 1.3.6 */
};

/* The version of a message of at least one byte. */
static inline uint8_t vrrp_version(struct bytes msg)
{
	return msg.p[0] >> 4;
}

/* Decodes |msg|, which holds at least VRRP_HEADER bytes and says it is version 2 or 3. In this
 * order DROP_TYPE, DROP_LENGTH (not exactly what count says), DROP_CHECKSUM. */
enum drop vrrp_decode(struct bytes msg, const struct vrrp_path *, struct advert *ret);

/* Writes |a| without its checksum at |p|, which has room for vrrp_length(). */
void vrrp_encode(uint8_t *p, const struct advert *a);
/* Length of |count| addresses of |family| in a message of |version|. */
size_t vrrp_length(uint8_t version, uint8_t family, uint8_t count);
/* Sets the priority of an encoded message of |len| bytes, then its checksum. |sum| matters to
 * version 3 over IPv4 only: version 2 is always plain, IPv6 always has its pseudo-header. */
void vrrp_seal(uint8_t *p, size_t len, uint8_t priority, enum vrrp_sum sum,
	       const struct vrrp_path *);

#endif
