/* base/addr.h - an IPv4 or IPv6 address as the network orders its bytes. */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum addr_family { ADDR_NONE = 0, ADDR_V4 = 4, ADDR_V6 = 6 };

struct addr {
	uint8_t family; /* enum addr_family */
	uint8_t b[16];  /* network order; IPv4 uses the first four, the rest is zero */
};

enum { ADDR_TEXT_MAX = 46 }; /* longest printed form with its NUL */

/* Bytes of an address of |family|: 4, 16 or 0. */
static inline size_t addr_len(uint8_t family)
{
	return family == ADDR_V4 ? 4 : family == ADDR_V6 ? 16 : 0;
}

/* The IPv4 address of the host-order number |v|. */
struct addr addr_v4(uint32_t v);
/* The address of |family| whose bytes stand at |p|. */
struct addr addr_from_bytes(uint8_t family, const uint8_t *p);
bool addr_equal(const struct addr *, const struct addr *);
/* <0, 0, >0: by family, then as unsigned numbers in network order (RFC 3768 6.4.3 tie-break). */
int addr_cmp(const struct addr *, const struct addr *);
/* True for a host address: not unspecified, multicast, broadcast or loopback. */
bool addr_is_host(const struct addr *);

/* Reads dotted-quad or IPv6 text, |len| bytes of it. E_SYNTAX leaves |*ret| alone. */
int addr_parse(const char *s, size_t len, struct addr *ret);
/* Prints into |buf| and returns it; "-" for no address. */
const char *addr_print(const struct addr *, char buf[ADDR_TEXT_MAX]);

#endif
