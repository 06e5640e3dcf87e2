#include "sim/visited.h"

#include <string.h>

#include "base/err.h"

int visited_init(struct visited *v, struct arena *arena, uint32_t room)
{
	uint64_t slots = 16;

	while (slots < (uint64_t)room + room / 2)
		slots *= 2;
	*v = (struct visited){
		.slots = arena_array(arena, slots, sizeof(*v->slots)),
		.mask = slots - 1,
		.steps = arena_array(arena, room, sizeof(*v->steps)),
		.room = room,
	};
	return v->slots == NULL || v->steps == NULL ? E_NOMEM : 0;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static uint64_t fingerprint(const uint8_t *p, size_t len)
{
	uint64_t sum = mix(len + 0x9e3779b97f4a7c15ULL), word;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&word, p, 8);
		sum = mix(sum ^ word) * 0x9e3779b97f4a7c15ULL;
	}
	word = 0;
	memcpy(&word, p, len);
	sum = mix(sum ^ word);
	return sum != 0 ? sum : 1;
}

bool visited_add(struct visited *v, const void *state, size_t len, struct visited_step step,
		 bool *ret_full)
{
	uint64_t print = fingerprint(state, len), slot = print & v->mask;

	while (v->slots[slot] != 0 && v->slots[slot] != print)
		slot = (slot + 1) & v->mask;
	if (v->slots[slot] == print)
		return false;
	if (v->count == v->room) {
		*ret_full = true;
		return false;
	}
	v->slots[slot] = print;
	v->steps[v->count++] = step;
	return true;
}
