/* tests/unit/rig.h - a node on a table: one link, one check, instances from literals, and the trace
 * of all it did. Steps serve every deadline up to their time first, as a driver does. */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include "core/node.h"

enum { RIG_INSTANCES = 8 };

struct rig {
	struct arena arena;
	struct node_conf conf;
	struct instance_conf instances[RIG_INSTANCES];
	const struct group_conf *groups; /* set before rig_make(), or NULL */
	uint16_t group_count;
	struct node node;
	usec_t now;
	struct actions out; /* of the last step that did something */
	char trace[16384];  /* one line a step that did something, since rig_clear() */
	struct text text;
};

/* A VRRPv2 instance: VRID 51, priority 100, 1 s, one address, link 0, keepalived's defaults. */
struct instance_conf rig_instance(void);
/* A second address list for it. */
extern const struct vip_conf rig_vips[3];
/* libcrypto's digests. */
extern const struct crypto rig_crypto;
/* Our link-local address. */
extern const struct addr rig_linklocal;

/* Makes the node for |count| instances (set in |instances| before), link 0 up with 192.0.2.2. */
void rig_make(struct rig *, uint32_t count);
/* rig_make(1) with |conf|, EV_START at time 0, everything due then served. */
void rig_start(struct rig *, struct instance_conf conf);
void rig_done(struct rig *);

void rig_step(struct rig *, const struct event *);
/* Time passes until |now|; what falls due is served at its moment. */
void rig_run(struct rig *, usec_t now);
/* An advert on link 0 from 192.0.2.|host| with |priority|, as instance 0 would send it. */
void rig_hear(struct rig *, uint8_t host, uint8_t priority);
/* The same, as instance |id| would send it. */
void rig_hear_for(struct rig *, uint32_t id, uint8_t host, uint8_t priority);
void rig_check(struct rig *, enum verdict);
void rig_link(struct rig *, bool up);
void rig_result(struct rig *, enum action_kind, uint16_t item, int err);
void rig_clear(struct rig *);
/* How often |needle| stands in the trace. */
unsigned rig_count(const struct rig *, const char *needle);

static inline struct instance *rig_first(struct rig *r)
{
	return &r->node.instances[0];
}

#endif
