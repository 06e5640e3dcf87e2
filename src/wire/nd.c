#include "wire/nd.h"

#include <string.h>

#include "base/bytes.h"
#include "wire/cksum.h"

enum {
	ETHERNET = 14,
	IP6 = 40,
	ICMP = 32, /* type 136, flags, target, one option */
	PSEUDO = 40,
	ICMP6 = 58,
	NEIGHBOUR_ADVERTISEMENT = 136,
	FLAG_ROUTER = 0x80,
	FLAG_OVERRIDE = 0x20,
	OPTION_TARGET_LINK = 2,
};

static const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };

/* RFC 8200 8.1. */
static uint16_t icmp_sum(const uint8_t *ip, const uint8_t *icmp)
{
	uint8_t p[PSEUDO + ICMP] = { 0 };

	memcpy(p, ip + 8, 32);
	put_be32(p + 32, ICMP);
	put_be32(p + 36, ICMP6);
	memcpy(p + PSEUDO, icmp, ICMP);
	return inet_cksum((struct bytes){ p, sizeof(p) });
}

void nd_unsolicited(uint8_t p[ND_FRAME], const uint8_t mac[MAC_LEN], const struct addr *vip)
{
	static const uint8_t group_mac[MAC_LEN] = { 0x33, 0x33, 0, 0, 0, 1 };
	uint8_t *ip = p + ETHERNET, *icmp = ip + IP6;

	memset(p, 0, ND_FRAME);
	memcpy(p, group_mac, MAC_LEN);
	memcpy(p + 6, mac, MAC_LEN);
	put_be16(p + 12, 0x86dd);
	ip[0] = 6 << 4;
	put_be16(ip + 4, ICMP);
	ip[6] = ICMP6;
	ip[7] = 255;
	memcpy(ip + 8, vip->b, 16);
	memcpy(ip + 24, all_nodes, 16);
	icmp[0] = NEIGHBOUR_ADVERTISEMENT;
	icmp[4] = FLAG_ROUTER | FLAG_OVERRIDE;
	memcpy(icmp + 8, vip->b, 16);
	icmp[24] = OPTION_TARGET_LINK;
	icmp[25] = 1;
	memcpy(icmp + 26, mac, MAC_LEN);
	put_be16(icmp + 2, icmp_sum(ip, icmp));
}
