/* wire/cksum.h - the Internet checksum, RFC 1071. */
#ifndef WIRE_CKSUM_H
#define WIRE_CKSUM_H

#include <stdint.h>

#include "base/bytes.h"

/* The ones-complement sum of |b|, complemented: what goes into the field when the field counts as
 * zero; 0 over bytes that hold their own right checksum. An odd last byte is padded with zero. */
uint16_t inet_cksum(struct bytes b);

#endif
