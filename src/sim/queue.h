/* sim/queue.h - what is yet to happen in a world, in the order of time.
 *
 * Things of the same moment happen in the order in which they were put in, so that a seed tells the
 * whole story. The queue knows nothing of what its items mean. */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/time.h"

struct queue_item {
	usec_t when;
	uint64_t order;
	uint16_t kind, who; /* the user's */
	uint32_t what;      /* the user's */
};

struct queue {
	struct queue_item *items; /* a binary heap */
	uint32_t count, room;
	uint64_t order;
};

/* An empty queue with |room|. E_NOMEM. */
int queue_init(struct queue *, struct arena *, uint32_t room);
/* False when there is no room left. */
bool queue_put(struct queue *, usec_t when, uint16_t kind, uint16_t who, uint32_t what);
/* The time of the first item; USEC_NEVER when there is none. */
static inline usec_t queue_when(const struct queue *q)
{
	return q->count > 0 ? q->items[0].when : USEC_NEVER;
}
/* Takes the first item out; there must be one. */
struct queue_item queue_take(struct queue *);

#endif
