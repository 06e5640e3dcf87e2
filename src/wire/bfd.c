#include "wire/bfd.h"

#include <string.h>

enum {
	VERSION = 1,
	FLAG_POLL = 0x20,
	FLAG_FINAL = 0x10,
	FLAG_AUTH = 0x04,
	FLAG_DEMAND = 0x02,
	FLAG_MULTIPOINT = 0x01,
};

bool bfd_decode(struct bytes b, struct bfd_packet *ret)
{
	struct bfd_packet p;

	if (b.len < BFD_PACKET || b.p[0] >> 5 != VERSION)
		return false;
	if (b.p[3] < BFD_PACKET || b.p[3] > b.len || (b.p[1] & (FLAG_AUTH | FLAG_MULTIPOINT)) != 0)
		return false;
	p = (struct bfd_packet){
		.diag = b.p[0] & 0x1f,
		.state = b.p[1] >> 6,
		.poll = (b.p[1] & FLAG_POLL) != 0,
		.final = (b.p[1] & FLAG_FINAL) != 0,
		.demand = (b.p[1] & FLAG_DEMAND) != 0,
		.multiplier = b.p[2],
		.mine = get_be32(b.p + 4),
		.yours = get_be32(b.p + 8),
		.min_tx_us = get_be32(b.p + 12),
		.min_rx_us = get_be32(b.p + 16),
	};
	if (p.multiplier == 0 || p.mine == 0)
		return false;
	if (p.yours == 0 && p.state != BFD_DOWN && p.state != BFD_ADMIN_DOWN)
		return false;
	*ret = p;
	return true;
}

void bfd_encode(uint8_t p[BFD_PACKET], const struct bfd_packet *b)
{
	memset(p, 0, BFD_PACKET);
	p[0] = (uint8_t)(VERSION << 5 | b->diag);
	p[1] = (uint8_t)(b->state << 6 | (b->poll ? FLAG_POLL : 0) | (b->final ? FLAG_FINAL : 0));
	p[2] = b->multiplier;
	p[3] = BFD_PACKET;
	put_be32(p + 4, b->mine);
	put_be32(p + 8, b->yours);
	put_be32(p + 12, (uint32_t)b->min_tx_us);
	put_be32(p + 16, (uint32_t)b->min_rx_us);
}
