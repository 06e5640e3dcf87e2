/* io/mem.h - where an arena of a real program gets its memory. */
#ifndef IO_MEM_H
#define IO_MEM_H

#include "base/arena.h"

/* Makes |arena| an empty one on the C library's heap. */
void mem_arena(struct arena *arena);

#endif
