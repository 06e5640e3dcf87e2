/* core/bfd.h - one BFD session in asynchronous mode, RFC 5880 section 6.8.
 *
 * Called by node.c only; its verdict is that of the check it stands for: UP while the session is
 * Up. The intervals are negotiated: we send no faster than the neighbour wants to receive, and
 * expect it within its multiplier times what it promised. Before the session is up we send once a
 * second or slower (6.8.3). Each interval is shortened by a random part, 6.8.7, from a repeatable
 * generator. */
#ifndef CORE_BFD_H
#define CORE_BFD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/heap.h"
#include "base/prng.h"
#include "base/time.h"
#include "wire/bfd.h"

struct bfd_conf {
	const char *name;
	struct addr neighbour, source; /* source ADDR_NONE: the kernel's choice */
	uint16_t check;                /* whose verdict this is */
	usec_t min_rx_us, min_tx_us;
	usec_t idle_tx_us; /* interval while the session is not up, at least a second */
	uint8_t multiplier;
	uint8_t ttl;      /* of what is sent */
	uint8_t max_hops; /* multi hop: lowest TTL accepted is 255 - this */
	bool multihop, passive;
};

struct bfd {
	const struct bfd_conf *conf; /* borrowed */
	struct heap_item due;        /* the earlier of the two below */
	usec_t send_at, expire_at;
	struct prng random;
	enum bfd_state state;
	uint8_t diag;
	bool polling; /* our parameters have changed and are not confirmed yet */
	usec_t tx_us; /* what we promise now */
	uint32_t mine, yours;
	uint8_t their_state, their_multiplier;
	usec_t their_tx_us, their_rx_us;
	usec_t since;
	uint64_t received, sent, discarded;
};

/* |mine| is not 0 and no other session's. Sending begins at |now| unless passive. */
void bfd_init(struct bfd *, const struct bfd_conf *, uint32_t id, uint32_t mine, usec_t now);
/* A packet for this session; |ttl| it came with. Returns true when one is to be sent at once, which
 * is then in |reply|. */
bool bfd_hear(struct bfd *, usec_t now, const struct bfd_packet *, uint8_t ttl,
	      struct bfd_packet *reply);
/* Serves what is due at |now|. Returns true when |packet| is to be sent. */
bool bfd_due(struct bfd *, usec_t now, struct bfd_packet *packet);

#endif
