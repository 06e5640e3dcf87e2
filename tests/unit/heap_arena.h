/* tests/unit/heap_arena.h - an arena over malloc for tests; it can refuse the n-th request. */
#ifndef TESTS_HEAP_ARENA_H
#define TESTS_HEAP_ARENA_H

#include <stdlib.h>

#include "base/arena.h"

struct heap_budget {
	long left; /* requests still granted; negative: all */
};

static inline void *heap_get(void *ctx, size_t size)
{
	struct heap_budget *b = ctx;

	if (b != NULL && b->left == 0)
		return NULL;
	if (b != NULL && b->left > 0)
		b->left--;
	return malloc(size);
}

static inline void heap_put(void *ctx, void *block)
{
	(void)ctx;
	free(block);
}

static inline struct arena heap_arena(struct heap_budget *budget)
{
	struct arena a;

	arena_init(&a, heap_get, heap_put, budget);
	return a;
}

#endif
