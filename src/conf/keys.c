#include "conf/keys.h"

#include <string.h>

#include "base/err.h"

_Static_assert((int)READER_BLOCKS == (int)KEYS_BLOCKS, "one index a table");

static const struct key_table *const tables[KEYS_BLOCKS] = {
	[KEYS_ROOT] = &keys_root,     [KEYS_GLOBAL] = &keys_global,
	[KEYS_SCRIPT] = &keys_script, [KEYS_INSTANCE] = &keys_instance,
	[KEYS_AUTH] = &keys_auth,     [KEYS_GROUP] = &keys_group,
	[KEYS_FILE] = &keys_file,
};

const struct key_table *key_table(enum key_block block)
{
	return tables[block];
}

int keys_init(struct reader *r)
{
	for (size_t b = 0; b < KEYS_BLOCKS; b++) {
		const struct key_table *t = tables[b];

		if (names_init(&r->keys[b], r->arena, (uint32_t)t->count) < 0)
			return E_NOMEM;
		for (size_t i = 0; i < t->count; i++)
			if (names_put(&r->keys[b], t->keys[i].name, (uint32_t)i) == E_NOMEM)
				return E_NOMEM;
	}
	return 0;
}

const struct key *keys_find(const struct reader *r, enum key_block block, const char *name)
{
	uint32_t i = names_find(&r->keys[block], name);

	return i == NAMES_NONE ? NULL : &tables[block]->keys[i];
}

static const struct key *find_slowly(const struct key_table *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->keys[i].name, name) == 0)
			return &t->keys[i];
	return NULL;
}

bool keys_begins_top(const char *name)
{
	const struct key *key = find_slowly(&keys_root, name);

	return key != NULL && key->top;
}

bool keys_only_inside(const char *name)
{
	if (find_slowly(&keys_root, name) != NULL)
		return false;
	for (size_t b = KEYS_ROOT + 1; b < KEYS_BLOCKS; b++)
		if (find_slowly(tables[b], name) != NULL)
			return true;
	return false;
}
