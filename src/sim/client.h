/* sim/client.h - somebody who knows one address and wants the service behind it.
 *
 * A client has an ARP cache that names a host for each address. A gratuitous ARP that arrives
 * changes it; else the client finds out by itself that the host behind it does not answer, and asks
 * anew. Whether it reaches the service follows from the cache, the network and the host; nothing
 * here assumes it. */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

enum {
	/* Linux, for an entry already stale: 5 s before the first question, three of them 1 s
	   apart. */
	CLIENT_NOTICES_US = 8000000,
	CLIENT_ASKS_US = 1000000, /* a question to all, every second */
};

/* What a client wants of the service. */
enum need {
	NEED_ANSWER, /* that it answers */
	NEED_WRITE,  /* that it takes writes */
};

struct cache_entry {
	uint8_t host;   /* SIM_NONE: nobody known */
	bool asking;    /* a question, or the end of its patience, is in the queue */
	uint32_t round; /* what was queued in another round is void */
};

struct client {
	struct cache_entry *cache; /* by address of the world */
	uint8_t favourite;         /* who answers first when two do */
};

struct world;

/* A gratuitous ARP of |host| for address |vip| has arrived. */
void client_hears(struct world *, uint8_t client, uint8_t host, uint16_t vip);
/* What was queued in |round| for |vip| is due. */
void client_due(struct world *, uint8_t client, uint16_t vip, uint32_t round);
/* Looks at all addresses again after a change in the world. */
void client_look(struct world *, uint8_t client);

/* The host the client's packets to |vip| reach and that takes them as its own; SIM_NONE: none. */
uint8_t client_reaches(const struct world *, uint8_t client, uint16_t vip);
/* True when that host's service gives what is needed. */
bool client_served(const struct world *, uint8_t client, uint16_t vip, enum need);

#endif
