#include "sim/client.h"

#include "sim/inside.h"

enum { ROUND_MASK = 0xffff };

static bool answers(const struct world *w, uint8_t c, uint8_t n, uint16_t vip)
{
	const struct host *h = &w->hosts[n];
	uint8_t lan = w->vips[vip].lan;
	uint16_t link = host_link(h, lan);

	return h->power == POWER_ON && h->held[vip] && link != LINK_NONE && h->carrier[link] &&
	       net_both_ways(&w->net, lan, n, world_client_end(c));
}

uint8_t client_reaches(const struct world *w, uint8_t c, uint16_t vip)
{
	uint8_t n = w->clients[c].cache[vip].host;

	return n != SIM_NONE && answers(w, c, n, vip) ? n : SIM_NONE;
}

bool client_served(const struct world *w, uint8_t c, uint16_t vip, enum need need)
{
	uint8_t n = client_reaches(w, c, vip);

	if (n == SIM_NONE || w->hosts[n].service.state != SERVICE_UP)
		return false;
	return need == NEED_ANSWER || w->hosts[n].service.writable;
}

static void ask_later(struct world *w, uint8_t c, uint16_t vip, usec_t after)
{
	struct cache_entry *e = &w->clients[c].cache[vip];

	e->asking = true;
	world_later(w, w->now + after, HAPPENS_CLIENT, c, (e->round & ROUND_MASK) << 16 | vip);
}

void client_hears(struct world *w, uint8_t c, uint8_t n, uint16_t vip)
{
	struct cache_entry *e = &w->clients[c].cache[vip];

	if (e->host == n)
		return;
	e->host = n;
	e->asking = false;
	e->round++;
	w->touched = true;
}

void client_look(struct world *w, uint8_t c)
{
	for (uint16_t vip = 0; vip < w->vip_count; vip++) {
		struct cache_entry *e = &w->clients[c].cache[vip];

		if (e->asking || client_reaches(w, c, vip) != SIM_NONE)
			continue;
		ask_later(w, c, vip, e->host == SIM_NONE ? 0 : CLIENT_NOTICES_US);
	}
}

void client_due(struct world *w, uint8_t c, uint16_t vip, uint32_t round)
{
	struct client *client = &w->clients[c];
	struct cache_entry *e = &client->cache[vip];
	uint8_t count = w->conf->host_count;

	if (!e->asking || round != (e->round & ROUND_MASK))
		return;
	e->asking = false;
	if (client_reaches(w, c, vip) != SIM_NONE)
		return;
	for (uint8_t i = 0; i < count; i++) {
		uint8_t n = (uint8_t)((client->favourite + i) % count);

		if (!answers(w, c, n, vip))
			continue;
		client_hears(w, c, n, vip);
		return;
	}
	ask_later(w, c, vip, CLIENT_ASKS_US);
}
