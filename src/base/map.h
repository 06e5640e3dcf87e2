/* base/map.h - numbers to numbers, open addressing in memory the caller gives.
 *
 * Filled once when a node is made and then only read, so there is no removal. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stdint.h>

struct map_slot {
	uint64_t key;
	uint32_t value; /* MAP_NONE: empty */
};

#define MAP_NONE UINT32_MAX

struct map {
	struct map_slot *slots;
	uint32_t mask; /* slots - 1, a power of two less one */
};

/* Slots needed for |count| keys: a power of two, at most half full. */
uint32_t map_slots(uint32_t count);
/* Makes an empty map of |slots| (from map_slots()) at |mem|. */
void map_init(struct map *, struct map_slot *mem, uint32_t slots);
/* False when |key| is there already; the map is unchanged then. */
bool map_put(struct map *, uint64_t key, uint32_t value);
/* The value of |key|, or MAP_NONE. */
uint32_t map_get(const struct map *, uint64_t key);

#endif
