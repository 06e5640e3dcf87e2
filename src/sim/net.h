/* sim/net.h - the wires of a world: what becomes of a frame from one end to another.
 *
 * Ends are hosts (0 and up) and clients (SIM_HOSTS_MAX and up). Each LAN has one switch; between
 * any two ends of a LAN there is one path in each direction, so a cut or a filter can be as
 * lopsided as real ones are. The net decides the fate of a frame; the world carries it out. It also
 * keeps the packets that are under way. */
#ifndef SIM_NET_H
#define SIM_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/prng.h"
#include "base/time.h"
#include "sim/limits.h"

/* One direction between two ends. Chances are in 65536ths. */
struct path {
	bool cut;       /* nothing passes */
	bool no_vrrp;   /* a filter drops protocol 112 */
	uint16_t loss;  /* a frame is lost */
	uint16_t twice; /* it arrives two times */
	uint16_t late;  /* it takes |late_us| more, and so is overtaken */
	usec_t delay_us, jitter_us, late_us;
};

/* A datagram under way. */
struct packet {
	uint16_t len, refs; /* refs: deliveries still to come; 0: the slot is free */
	uint8_t from;       /* end; SIM_NONE: somebody who is no end of ours */
	uint8_t lan;
	bool forged; /* made by an attacker */
	usec_t sent_at;
	uint8_t bytes[];
};

struct net {
	struct path paths[SIM_LANS_MAX][SIM_ENDS_MAX][SIM_ENDS_MAX];
	/* When the last advert between two hosts did not arrive as it should; 0: never. */
	usec_t lost_at[SIM_HOSTS_MAX][SIM_HOSTS_MAX];
	uint8_t *slots; /* packets of |slot_size| bytes each */
	uint32_t slot_count, slot_size, next_slot;
	uint64_t carried, lost;
};

/* A net where every path is |path| and datagrams have at most |datagram_max| bytes; |packets| of
 * them can be under way. E_NOMEM. */
int net_init(struct net *, struct arena *, const struct path *path, uint32_t datagram_max,
	     uint32_t packets);

/* What becomes of a frame: how many copies arrive (0..2), and after how long each. */
struct fate {
	uint8_t copies;
	usec_t delay_us[2];
};
struct fate net_fate(struct net *, struct prng *, uint8_t lan, uint8_t from, uint8_t to, bool vrrp);
/* True when an ordinary frame from |a| reaches |b| and one from |b| reaches |a|. */
bool net_both_ways(const struct net *, uint8_t lan, uint8_t a, uint8_t b);

/* Keeps a copy of |datagram|; NULL when there is no slot. The caller sets |refs|. */
struct packet *net_keep(struct net *, struct bytes datagram);
struct packet *net_packet(const struct net *, uint32_t slot);
uint32_t net_slot(const struct net *, const struct packet *);

#endif
