#include "sim/net.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"

int net_init(struct net *n, struct arena *arena, const struct path *path, uint32_t datagram_max,
	     uint32_t packets)
{
	uint32_t size = (uint32_t)(sizeof(struct packet) + datagram_max + 7) & ~7u;

	memset(n, 0, sizeof(*n));
	for (int lan = 0; lan < SIM_LANS_MAX; lan++)
		for (int a = 0; a < SIM_ENDS_MAX; a++)
			for (int b = 0; b < SIM_ENDS_MAX; b++)
				n->paths[lan][a][b] = *path;
	n->slots = arena_array(arena, packets, size);
	n->slot_count = packets;
	n->slot_size = size;
	return n->slots == NULL ? E_NOMEM : 0;
}

static bool chance(struct prng *r, uint16_t of_65536)
{
	return of_65536 > 0 && prng_below(r, 65536) < of_65536;
}

static usec_t delay_of(const struct path *p, struct prng *r)
{
	usec_t delay = p->delay_us;

	if (p->jitter_us > 0)
		delay += prng_below(r, p->jitter_us + 1);
	if (chance(r, p->late))
		delay += p->late_us;
	return delay;
}

struct fate net_fate(struct net *n, struct prng *r, uint8_t lan, uint8_t from, uint8_t to,
		     bool vrrp)
{
	const struct path *p = &n->paths[lan][from][to];
	struct fate fate = { .copies = 1 };

	if (p->cut || (vrrp && p->no_vrrp) || chance(r, p->loss)) {
		n->lost++;
		return (struct fate){ .copies = 0 };
	}
	if (chance(r, p->twice))
		fate.copies = 2;
	for (uint8_t i = 0; i < fate.copies; i++)
		fate.delay_us[i] = delay_of(p, r);
	n->carried++;
	return fate;
}

bool net_both_ways(const struct net *n, uint8_t lan, uint8_t a, uint8_t b)
{
	return !n->paths[lan][a][b].cut && !n->paths[lan][b][a].cut;
}

struct packet *net_packet(const struct net *n, uint32_t slot)
{
	return (struct packet *)(n->slots + (size_t)slot * n->slot_size);
}

uint32_t net_slot(const struct net *n, const struct packet *p)
{
	return (uint32_t)((size_t)((const uint8_t *)p - n->slots) / n->slot_size);
}

struct packet *net_keep(struct net *n, struct bytes datagram)
{
	assert(sizeof(struct packet) + datagram.len <= n->slot_size);
	for (uint32_t tried = 0; tried < n->slot_count; tried++) {
		struct packet *p = net_packet(n, n->next_slot);

		n->next_slot = (n->next_slot + 1) % n->slot_count;
		if (p->refs != 0)
			continue;
		*p = (struct packet){ .len = (uint16_t)datagram.len };
		memcpy(p->bytes, datagram.p, datagram.len);
		return p;
	}
	return NULL;
}
