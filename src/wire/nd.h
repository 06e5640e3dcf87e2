/* wire/nd.h - unsolicited neighbour advertisement, RFC 4861 7.2.6, RFC 9568 6.4.1: what gratuitous
 * ARP is to IPv4. One Ethernet frame of 86 bytes to all nodes, router and override flags set. */
#ifndef WIRE_ND_H
#define WIRE_ND_H

#include <stdint.h>

#include "base/addr.h"
#include "wire/arp.h"

enum { ND_FRAME = 86 };

/* Writes the frame that says |vip| is at |mac| into |p|; the source is |vip| itself. */
void nd_unsolicited(uint8_t p[ND_FRAME], const uint8_t mac[MAC_LEN], const struct addr *vip);

#endif
