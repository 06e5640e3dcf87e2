#include "wire/arp.h"

#include <string.h>

#include "base/bytes.h"

static void put_target(uint8_t *p, const uint8_t *mac, enum arp_target target)
{
	switch (target) {
	case ARP_TARGET_SELF:
		memcpy(p, mac, MAC_LEN);
		return;
	case ARP_TARGET_BROADCAST:
		memset(p, 0xff, MAC_LEN);
		return;
	case ARP_TARGET_ZERO:
		memset(p, 0, MAC_LEN);
		return;
	}
}

void arp_gratuitous(uint8_t p[ARP_FRAME], const uint8_t mac[MAC_LEN], const struct addr *vip,
		    enum arp_target target)
{
	memset(p, 0xff, MAC_LEN);
	memcpy(p + 6, mac, MAC_LEN);
	put_be16(p + 12, 0x0806);
	put_be16(p + 14, 1);      /* Ethernet */
	put_be16(p + 16, 0x0800); /* IPv4 */
	p[18] = MAC_LEN;
	p[19] = 4;
	put_be16(p + 20, 1); /* request */
	memcpy(p + 22, mac, MAC_LEN);
	memcpy(p + 28, vip->b, 4);
	put_target(p + 32, mac, target);
	memcpy(p + 38, vip->b, 4);
}
