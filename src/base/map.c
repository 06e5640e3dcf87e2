#include "base/map.h"

/* splitmix64's finaliser: every bit of the key reaches every bit of the slot. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

uint32_t map_slots(uint32_t count)
{
	uint32_t n = 2;

	while (n < 2 * count)
		n *= 2;
	return n;
}

void map_init(struct map *m, struct map_slot *mem, uint32_t slots)
{
	*m = (struct map){ .slots = mem, .mask = slots - 1 };
	for (uint32_t i = 0; i < slots; i++)
		mem[i] = (struct map_slot){ .value = MAP_NONE };
}

static struct map_slot *find(const struct map *m, uint64_t key)
{
	uint32_t i = (uint32_t)mix(key) & m->mask;

	while (m->slots[i].value != MAP_NONE && m->slots[i].key != key)
		i = (i + 1) & m->mask;
	return &m->slots[i];
}

bool map_put(struct map *m, uint64_t key, uint32_t value)
{
	struct map_slot *s = find(m, key);

	if (s->value != MAP_NONE)
		return false;
	*s = (struct map_slot){ .key = key, .value = value };
	return true;
}

uint32_t map_get(const struct map *m, uint64_t key)
{
	return find(m, key)->value;
}
