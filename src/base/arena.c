#include "base/arena.h"

#include <stdint.h>
#include <string.h>

enum { ARENA_ALIGN = 16, ARENA_BLOCK = 16384 };

static size_t round_up(size_t n)
{
	return (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
}

static unsigned char *payload(struct arena_block *b)
{
	return (unsigned char *)b + round_up(sizeof(*b));
}

void arena_init(struct arena *a, void *(*get)(void *, size_t), void (*put)(void *, void *),
		void *ctx)
{
	*a = (struct arena){ .get = get, .put = put, .ctx = ctx };
}

void arena_done(struct arena *a)
{
	while (a->blocks != NULL) {
		struct arena_block *b = a->blocks;

		a->blocks = b->next;
		a->put(a->ctx, b);
	}
	a->used = 0;
	a->total = 0;
}

static struct arena_block *grow(struct arena *a, size_t size)
{
	size_t want = size > ARENA_BLOCK ? size : ARENA_BLOCK;
	struct arena_block *b = a->get(a->ctx, round_up(sizeof(*b)) + want);

	if (b == NULL)
		return NULL;
	*b = (struct arena_block){ .next = a->blocks, .size = want };
	a->blocks = b;
	a->used = 0;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = round_up(size == 0 ? 1 : size);
	if (b == NULL || b->size - a->used < size)
		b = grow(a, size);
	if (b == NULL)
		return NULL;
	p = payload(b) + a->used;
	a->used += size;
	a->total += size;
	memset(p, 0, size);
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / 2 / size)
		return NULL;
	return arena_alloc(a, count * size);
}

void *arena_dup(struct arena *a, const void *p, size_t size)
{
	void *copy = arena_alloc(a, size);

	if (copy != NULL && size > 0)
		memcpy(copy, p, size);
	return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (copy != NULL)
		memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}
