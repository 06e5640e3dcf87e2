/* core/conf.h - what the protocol is told before it starts.
 *
 * Plain data, made by conf/ from a file, by the simulator from a scenario, by a test from a
 * literal. It is not changed while a node uses it and must outlive the node. Interfaces are
 * numbered by their place in |links|; which kernel interface that is, the engine knows. */
#ifndef CORE_CONF_H
#define CORE_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/crypto.h"
#include "base/time.h"

enum { LINK_NONE = UINT16_MAX };

/* How a tracked thing bears on the priority (spec of keepalived's weights): weight 0 decides
 * between working and FAULT, a positive weight is added while the thing is well, a negative one
 * while it is not; |reverse| swaps well and not well. */
struct track_conf {
	uint16_t index; /* into |checks| or |links| of the node */
	int16_t weight; /* -253..253; scaled: -254..254 */
	bool reverse;
	bool scaled; /* a track_file: its number times |weight| is added, weight 0: not 0 is a fault
		      */
};

/* A unicast peer and the TTLs accepted from it. */
struct peer_conf {
	struct addr addr;
	uint8_t min_ttl, max_ttl; /* 255 and 255 unless widened */
};

/* A virtual address and where it goes. */
struct vip_conf {
	struct addr addr;
	struct addr broadcast; /* ADDR_NONE: none */
	const char *label;     /* NULL: none */
	uint16_t link;
	uint8_t prefix;
	uint8_t scope; /* RT_SCOPE_* of the kernel; 0 is global */
};

/* A route or a rule that moves with the addresses. What exactly it is, the engine knows. */
struct route_conf {
	const char *text; /* in full: what has the same text is the same */
	uint32_t line;    /* of the configuration, for people */
	uint16_t link;    /* whose being down is a FAULT; LINK_NONE: none's */
	bool no_track;    /* not put back */
};

struct garp_conf {
	usec_t delay_us;   /* second burst this long after the first; 0: none */
	usec_t refresh_us; /* repeat while MASTER; 0: never */
	uint8_t repeat;    /* announcements of an address in a burst, at least 1 */
	uint8_t refresh_repeat;
	usec_t lower_prio_delay_us; /* second burst after a lower-priority MASTER was heard */
	uint8_t lower_prio_repeat;  /* 0: no burst then */
};

struct instance_conf {
	const char *name;
	uint16_t link;   /* adverts are sent and heard here */
	uint8_t version; /* 2, or 3; IPv6 is 3 */
	uint8_t family;  /* ADDR_V4 or ADDR_V6, of adverts and of what they list */
	uint8_t vrid;    /* 1..255 */
	uint8_t priority;
	uint8_t auth_type;   /* enum vrrp_auth; version 2 */
	uint8_t auth_key[8]; /* PASS and AH: zero padded */
	usec_t advert_us;    /* version 2: whole seconds; version 3: centiseconds, to 40.95 s */
	uint8_t sum;         /* enum vrrp_sum of version 3 over IPv4 until a MASTER was heard */
	bool sum_strict;     /* accept and send no other */
	struct addr source;  /* ADDR_NONE: the link's own */
	struct addr group;   /* multicast: where adverts go */
	const struct peer_conf *peers; /* unicast instead of multicast, when there are any */
	uint16_t peer_count;
	uint8_t unicast_ttl;  /* of what is sent to peers */
	uint8_t down_adverts; /* adverts missed before a takeover, 3 in the RFC */
	bool preempt;
	usec_t preempt_delay_us; /* 0: none */
	bool owner_ignore;       /* an owner discards every advert (RFC 3768, RFC 5798) */
	bool answer_lower; /* a MASTER that hears a lower priority sends an advert (keepalived) */
	bool send_before_yield; /* one last advert before yielding to a higher priority */
	bool track_primary;     /* FAULT when |link| is down */
	struct garp_conf garp;
	const struct vip_conf *vips; /* in configured order, the order on the wire */
	uint16_t vip_count;
	uint16_t advertised_count; /* the first so many are listed in adverts; the rest only move */
	const struct route_conf *routes; /* in the order they are added */
	uint16_t route_count;
	const struct track_conf *checks;
	uint16_t check_count;
	const struct track_conf *links; /* track_interface */
	uint16_t link_count;
};

/* Instances that are MASTER together or not at all. */
struct group_conf {
	const char *name;
	const uint32_t *members; /* numbers of instances, each in one group only */
	uint16_t member_count;
};

struct node_conf {
	const struct crypto *crypto; /* needed by instances with AH only */
	const char *const *links;    /* names of the interfaces */
	uint16_t link_count;
	const char *const *checks; /* names of the checks */
	uint16_t check_count;
	const struct instance_conf *instances;
	uint32_t instance_count;
	const struct group_conf *groups;
	uint16_t group_count;
};

/* True when an instance running under |a| may go on under |b| as if nothing had happened; names
 * of interfaces and checks are compared by name, not by number. */
bool instance_conf_same(const struct node_conf *na, const struct instance_conf *a,
			const struct node_conf *nb, const struct instance_conf *b);

#endif
