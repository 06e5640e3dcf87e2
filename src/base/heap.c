#include "base/heap.h"

#include <stdbool.h>

static bool before(const struct heap_item *a, const struct heap_item *b)
{
	return a->when != b->when ? a->when < b->when : a->id < b->id;
}

static void put(struct heap *h, uint32_t slot, struct heap_item *item)
{
	h->slots[slot] = item;
	item->slot = slot;
}

static void sift_up(struct heap *h, struct heap_item *item)
{
	uint32_t slot = item->slot;

	while (slot > 0) {
		uint32_t parent = (slot - 1) / 2;

		if (!before(item, h->slots[parent]))
			break;
		put(h, slot, h->slots[parent]);
		slot = parent;
	}
	put(h, slot, item);
}

static void sift_down(struct heap *h, struct heap_item *item)
{
	uint32_t slot = item->slot;

	for (;;) {
		uint32_t child = 2 * slot + 1;

		if (child >= h->count)
			break;
		if (child + 1 < h->count && before(h->slots[child + 1], h->slots[child]))
			child++;
		if (!before(h->slots[child], item))
			break;
		put(h, slot, h->slots[child]);
		slot = child;
	}
	put(h, slot, item);
}

void heap_add(struct heap *h, struct heap_item *item)
{
	put(h, h->count++, item);
	sift_up(h, item);
}

void heap_move(struct heap *h, struct heap_item *item, usec_t when)
{
	item->when = when;
	sift_up(h, item);
	sift_down(h, item);
}

void heap_remove(struct heap *h, struct heap_item *item)
{
	struct heap_item *last = h->slots[--h->count];

	if (last == item)
		return;
	put(h, item->slot, last);
	sift_up(h, last);
	sift_down(h, last);
}
