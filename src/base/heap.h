/* base/heap.h - a binary heap of deadlines, intrusive: O(log n) to move one, O(1) to see the first.
 *
 * Ties are broken by |id|, so the same events give the same order everywhere: in production, in
 * the simulator and in a replay. The heap owns nothing; the slot array is the caller's. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdint.h>

#include "base/time.h"

struct heap_item {
	usec_t when; /* USEC_NEVER: still in the heap, at the end */
	uint32_t id;
	uint32_t slot; /* kept by the heap */
};

struct heap {
	struct heap_item **slots; /* room for every item that will be added */
	uint32_t count;
};

void heap_add(struct heap *, struct heap_item *);
void heap_remove(struct heap *, struct heap_item *);
/* Sets |item->when| and puts the item where it belongs. */
void heap_move(struct heap *, struct heap_item *, usec_t when);
/* The earliest item, NULL when empty. */
static inline struct heap_item *heap_first(const struct heap *h)
{
	return h->count > 0 ? h->slots[0] : 0;
}

#endif
