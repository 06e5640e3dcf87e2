#include "conf/names.h"

#include <string.h>

#include "base/err.h"

/* FNV-1a; map.c mixes it further. */
static uint64_t hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
	return h;
}

static int make_room(struct names *n, uint32_t room)
{
	uint32_t slots = map_slots(room);
	struct map_slot *mem = arena_array(n->arena, slots, sizeof(*mem));
	struct name *list = arena_array(n->arena, room, sizeof(*list));

	if (mem == NULL || list == NULL)
		return E_NOMEM;
	if (n->count > 0)
		memcpy(list, n->list, n->count * sizeof(*list));
	n->list = list;
	n->room = room;
	map_init(&n->map, mem, slots);
	return 0;
}

int names_init(struct names *n, struct arena *arena, uint32_t room)
{
	*n = (struct names){ .arena = arena };
	return make_room(n, room > 0 ? room : 1);
}

/* The place of |s|, or MAP_NONE and in |*ret_key| the key it would get. Two strings of one hash
 * take neighbouring keys. */
static uint32_t find(const struct names *n, const char *s, uint64_t *ret_key)
{
	uint64_t key = hash(s);
	uint32_t i;

	while ((i = map_get(&n->map, key)) != MAP_NONE && strcmp(n->list[i].s, s) != 0)
		key++;
	*ret_key = key;
	return i;
}

uint32_t names_find(const struct names *n, const char *s)
{
	uint64_t key;
	uint32_t i = find(n, s, &key);

	return i == MAP_NONE ? NAMES_NONE : n->list[i].value;
}

static int grow(struct names *n)
{
	uint32_t count = n->count;
	uint64_t key;

	if (make_room(n, 2 * n->room) < 0)
		return E_NOMEM;
	for (n->count = 0; n->count < count; n->count++) {
		(void)find(n, n->list[n->count].s, &key);
		(void)map_put(&n->map, key, n->count);
	}
	return 0;
}

int names_put(struct names *n, const char *s, uint32_t value)
{
	uint64_t key;

	if (find(n, s, &key) != MAP_NONE)
		return E_EXISTS;
	if (n->count == n->room) {
		if (grow(n) < 0)
			return E_NOMEM;
		(void)find(n, s, &key);
	}
	(void)map_put(&n->map, key, n->count);
	n->list[n->count++] = (struct name){ s, value };
	return 0;
}
