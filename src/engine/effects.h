/* engine/effects.h - carries out what the core asks for.
 *
 * What matters to the network (adverts, addresses, announcements) is done at once and in order;
 * what people and scripts are told is kept for later, so that nothing stands between a deadline and
 * the first gratuitous ARP. Whatever fails is kept too, to be told to the core. */
#ifndef ENGINE_EFFECTS_H
#define ENGINE_EFFECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/model.h"
#include "core/node.h"
#include "engine/links.h"
#include "engine/sockets.h"
#include "io/netlink.h"
#include "io/packet.h"

enum { EFFECTS_RESULTS = 8192, EFFECTS_LATER = 1024, EFFECTS_CHANGES = VRRP_VIPS_MAX };

/* Where things are done. All borrowed. */
struct stage {
	const struct node_conf *conf;
	const struct links *links;
	struct sockets *sockets;
	const struct model *model; /* what its routes are; NULL: none has any */
};

struct effects {
	int netlink, packet;
	struct netlink_change changes[EFFECTS_CHANGES];
	struct packet_frame frames[PACKET_BATCH_MAX];
	uint16_t frame_items[PACKET_BATCH_MAX]; /* which address a frame announces */
	uint32_t frame_count;
	struct event results[EFFECTS_RESULTS];
	uint32_t result_first, result_count;
	uint64_t results_lost; /* never, unless we have a bug */
	struct action later[EFFECTS_LATER];
	uint32_t later_count;
};

/* Opens what is needed. E_PERM, E_FULL, ... */
int effects_open(struct effects *);
void effects_close(struct effects *);

/* Does |out| on |stage|. There must be room for it among what is kept for later. */
void effects_apply(struct effects *, const struct stage *stage, const struct actions *out);

/* Takes the oldest failure as an event for the core; false when there is none. */
bool effects_take_result(struct effects *, struct event *ret);

/* True when the next step may not find room for what it wants told. */
static inline bool effects_crowded(const struct effects *e)
{
	return e->later_count > EFFECTS_LATER - ACTIONS_MAX;
}

#endif
