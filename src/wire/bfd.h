/* wire/bfd.h - BFD control packets, RFC 5880 section 4.1, without authentication: 24 bytes in UDP.
 */
#ifndef WIRE_BFD_H
#define WIRE_BFD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/time.h"

enum {
	BFD_PACKET = 24,
	BFD_PORT = 3784,      /* single hop, RFC 5881 */
	BFD_PORT_MULTI = 4784 /* multi hop, RFC 5883 */
};

enum bfd_state { BFD_ADMIN_DOWN, BFD_DOWN, BFD_INIT, BFD_UP };

/* RFC 5880 4.1, those we send. */
enum bfd_diag {
	BFD_DIAG_NONE = 0,
	BFD_DIAG_EXPIRED = 1,
	BFD_DIAG_NEIGHBOUR_DOWN = 3,
	BFD_DIAG_ADMIN_DOWN = 7,
};

struct bfd_packet {
	uint8_t diag;  /* 0..31 */
	uint8_t state; /* enum bfd_state */
	bool poll, final, demand;
	uint8_t multiplier;
	uint32_t mine, yours; /* discriminators */
	usec_t min_tx_us, min_rx_us;
};

/* Decodes a UDP payload. False for whatever RFC 5880 6.8.6 wants discarded by the packet alone:
 * version, length, multiplier 0, multipoint, authentication, discriminators. */
bool bfd_decode(struct bytes, struct bfd_packet *ret);
void bfd_encode(uint8_t p[BFD_PACKET], const struct bfd_packet *);

#endif
