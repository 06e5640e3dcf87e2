#include "sim/queue.h"

#include <assert.h>

#include "base/err.h"

int queue_init(struct queue *q, struct arena *arena, uint32_t room)
{
	struct queue_item *items = arena_array(arena, room, sizeof(*items));

	if (items == NULL)
		return E_NOMEM;
	*q = (struct queue){ .items = items, .room = room };
	return 0;
}

static bool before(const struct queue_item *a, const struct queue_item *b)
{
	return a->when != b->when ? a->when < b->when : a->order < b->order;
}

bool queue_put(struct queue *q, usec_t when, uint16_t kind, uint16_t who, uint32_t what)
{
	struct queue_item item = { when, q->order++, kind, who, what };
	uint32_t slot = q->count;

	if (q->count == q->room)
		return false;
	q->count++;
	while (slot > 0 && before(&item, &q->items[(slot - 1) / 2])) {
		q->items[slot] = q->items[(slot - 1) / 2];
		slot = (slot - 1) / 2;
	}
	q->items[slot] = item;
	return true;
}

struct queue_item queue_take(struct queue *q)
{
	struct queue_item first = q->items[0], last = q->items[--q->count];
	uint32_t slot = 0, child = 1;

	while (child < q->count) {
		if (child + 1 < q->count && before(&q->items[child + 1], &q->items[child]))
			child++;
		if (!before(&q->items[child], &last))
			break;
		q->items[slot] = q->items[child];
		slot = child;
		child = 2 * slot + 1;
	}
	q->items[slot] = last;
	return first;
}
