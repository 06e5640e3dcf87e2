/* conf/names.h - strings to numbers: instances, checks, interfaces, keywords.
 *
 * Grows in an arena; the strings are borrowed and must live as long. */
#ifndef CONF_NAMES_H
#define CONF_NAMES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"

struct name {
	const char *s;
	uint32_t value;
};

struct names {
	struct arena *arena;
	struct map map;    /* hash to place in |list| */
	struct name *list; /* in the order of names_put() */
	uint32_t count, room;
};

#define NAMES_NONE UINT32_MAX

/* An empty set with room for |room| names before it has to grow. E_NOMEM. */
int names_init(struct names *, struct arena *, uint32_t room);
/* The value of |s|, or NAMES_NONE. */
uint32_t names_find(const struct names *, const char *s);
/* 0, E_EXISTS (nothing is changed) or E_NOMEM. */
int names_put(struct names *, const char *s, uint32_t value);

#endif
