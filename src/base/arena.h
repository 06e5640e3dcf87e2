/* base/arena.h - memory that is given back all at once.
 *
 * One arena per lifetime: a configuration generation, a node, a test. Pure code allocates from
 * nothing else. Where the memory comes from is the owner's business: the arena asks the function
 * it was given, so a test can make the n-th request fail. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block {
	struct arena_block *next;
	size_t size; /* bytes of payload */
};

struct arena {
	/* Returns |size| bytes aligned for anything, or NULL. */
	void *(*get)(void *ctx, size_t size);
	/* Takes one block back. */
	void (*put)(void *ctx, void *block);
	void *ctx;
	struct arena_block *blocks; /* newest first */
	size_t used;                /* bytes used of the newest */
	size_t total;               /* bytes handed out since arena_init() */
};

void arena_init(struct arena *, void *(*get)(void *, size_t), void (*put)(void *, void *),
		void *ctx);
/* Gives every block back; the arena is empty and usable again. */
void arena_done(struct arena *);

/* |size| zeroed bytes aligned to 16, or NULL when no more can be had. Lives until arena_done(). */
void *arena_alloc(struct arena *, size_t size);
/* |count| zeroed things of |size| bytes; NULL too when the product overflows. */
void *arena_array(struct arena *, size_t count, size_t size);
/* A NUL-terminated copy of |len| bytes at |s|, or NULL. */
char *arena_strndup(struct arena *, const char *s, size_t len);
char *arena_strdup(struct arena *, const char *s);
/* A copy of |size| bytes at |p|, or NULL. */
void *arena_dup(struct arena *, const void *p, size_t size);

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

#endif
