#include "io/mem.h"

#include <stdlib.h>

static void *get(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void put(void *ctx, void *block)
{
	(void)ctx;
	free(block);
}

void mem_arena(struct arena *arena)
{
	arena_init(arena, get, put, NULL);
}
