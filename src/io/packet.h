/* io/packet.h - Ethernet frames out, none in: gratuitous ARP (RFC 826) and unsolicited neighbour
 * advertisements (RFC 4861) through AF_PACKET. */
#ifndef IO_PACKET_H
#define IO_PACKET_H

#include <stdint.h>

#include "wire/arp.h"
#include "wire/nd.h"

enum { PACKET_BATCH_MAX = 64 };

/* One frame and the interface it leaves by. */
struct packet_frame {
	uint8_t bytes[ND_FRAME];
	uint16_t len; /* ARP_FRAME or ND_FRAME */
	int ifindex;
	int err; /* written by packet_send(): 0 or E_* */
};

/* Opens a socket that can only send; protocol 0, so that the kernel hands it nothing.
 * Returns the descriptor or E_PERM, E_FULL, ... */
int packet_open_sender(void);

/* Sends |count| <= PACKET_BATCH_MAX frames with as few system calls as can be and writes the
 * outcome of each into it. Returns how many were not sent. */
uint32_t packet_send(int fd, struct packet_frame *frames, uint32_t count);

#endif
