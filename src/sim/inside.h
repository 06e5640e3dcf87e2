/* sim/inside.h - what the parts of a world call of one another. Nobody else includes it. */
#ifndef SIM_INSIDE_H
#define SIM_INSIDE_H

#include "sim/world.h"

/* Kinds of things in the queue of a world: |who| and |what| are behind each. */
enum happening {
	HAPPENS_PACKET,  /* host, slot of the net */
	HAPPENS_ARP,     /* client, host << 16 | address */
	HAPPENS_WORK,    /* host, kernel_op: to be carried out */
	HAPPENS_ANSWER,  /* host, kernel_op: to be told */
	HAPPENS_CLIENT,  /* client, round << 16 | address */
	HAPPENS_BOOT,    /* host, its |starts| */
	HAPPENS_LEASE,   /* host, its |starts| */
	HAPPENS_PROMOTE, /* host or SIM_NONE, |losses| */
};

void world_later(struct world *, usec_t when, enum happening, uint16_t who, uint32_t what);
bool world_chance(struct world *, uint16_t of_65536);
usec_t world_spread(struct world *, usec_t up_to); /* 0..up_to, 0 without a spread */

/* host.c: one machine. */
int host_init(struct world *, uint8_t host);
void host_serve(struct world *, uint8_t host); /* whatever is due there now */
void host_boot(struct world *, uint8_t host, uint32_t starts);
void host_receive(struct world *, uint8_t host, uint32_t slot);
void host_step(struct world *, uint8_t host, const struct event *, const struct packet *);
void host_set_wakes(struct world *, uint8_t host);
void host_leave(struct world *, uint8_t host); /* a daemon that has stopped and let go of all */
uint16_t host_link(const struct host *, uint8_t lan); /* LINK_NONE: not plugged in there */

/* kernel.c: its addresses and what it sends. */
void kernel_carry_out(struct world *, uint8_t host, const struct action *);
void kernel_work(struct world *, uint8_t host, uint32_t op);
void kernel_answer(struct world *, uint8_t host, uint32_t op);
void kernel_release_held_up(struct world *, uint8_t host);
void kernel_reset(struct world *, uint8_t host); /* no power: nothing is there any more */
void kernel_lease_ends(struct world *, uint8_t host, uint32_t starts);

/* data.c: rows, roles and promotion. */
void data_settle(struct world *);
void data_promote(struct world *, uint8_t host, uint32_t losses);
void data_notified_master(struct world *, uint8_t host);
enum sight data_sight(const struct world *, uint8_t host, const struct probe *);

#endif
