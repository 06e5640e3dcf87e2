/* wire/arp.h - gratuitous ARP, RFC 826, RFC 9568 6.4.1: one Ethernet frame of 42 bytes. */
#ifndef WIRE_ARP_H
#define WIRE_ARP_H

#include <stdint.h>

#include "base/addr.h"

enum { ARP_FRAME = 42, MAC_LEN = 6 };

/* Target hardware address of the request: receivers do not look at it, captures do. */
enum arp_target {
	ARP_TARGET_SELF,      /* RFC 9568: the sender's */
	ARP_TARGET_BROADCAST, /* keepalived, FRR */
	ARP_TARGET_ZERO,      /* RFC 5227 */
};

/* Writes a broadcast gratuitous ARP request for the IPv4 address |vip| at |mac| into |p|. */
void arp_gratuitous(uint8_t p[ARP_FRAME], const uint8_t mac[MAC_LEN], const struct addr *vip,
		    enum arp_target);

#endif
