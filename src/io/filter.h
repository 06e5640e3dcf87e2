/* io/filter.h - the kernel filter of a VRRP socket: only VRIDs that are configured wake us.
 *
 * A classic BPF program (SO_ATTACH_FILTER) that sees what a raw socket does: over IPv4 a packet
 * from its IP header on, over IPv6 the VRRP message alone. It has no loop and no chain of
 * comparisons: the 256 VRIDs are a bitmap of eight words, so it costs the same with 1 and with 255
 * of them. */
#ifndef IO_FILTER_H
#define IO_FILTER_H

#include <linux/filter.h>
#include <stdint.h>

struct vrid_set {
	uint32_t words[8]; /* bit v % 32 of word v / 32 */
};

static inline void vrid_set_add(struct vrid_set *s, uint8_t vrid)
{
	s->words[vrid / 32] |= 1u << vrid % 32;
}

static inline int vrid_set_has(const struct vrid_set *s, uint8_t vrid)
{
	return (s->words[vrid / 32] >> vrid % 32 & 1) != 0;
}

enum { FILTER_MAX = 48 }; /* instructions */

/* What stands before the VRID. */
enum filter_form {
	FILTER_IP4, /* an IPv4 header */
	FILTER_AH4, /* an IPv4 and an authentication header; what that holds must be VRRP */
	FILTER_IP6, /* nothing */
};

enum filter_side {
	FILTER_OURS,  /* pass what carries a VRID of the set */
	FILTER_STRAY, /* pass all the rest: other VRIDs, and what is too short to carry one */
};

/* Writes the program into |prog| and returns its length. */
uint16_t filter_build(struct sock_filter prog[FILTER_MAX], const struct vrid_set *,
		      enum filter_form, enum filter_side);

#endif
