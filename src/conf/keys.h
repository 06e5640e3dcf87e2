/* conf/keys.h - the keywords, as data.
 *
 * One table a block; a line says what a keyword is called, of which kind its value is, where in the
 * draft it goes, its range, its default, and what it means. The manual page is held against these
 * tables by a test. Keywords of keepalived that buoy does not have yet are lines too, so that they
 * are refused by name. */
#ifndef CONF_KEYS_H
#define CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/names.h"
#include "conf/reader.h"
#include "conf/tree.h"

enum key_kind {
	KEY_FLAG,     /* stands alone: 1 */
	KEY_SWITCH,   /* on off true false yes no; alone: on */
	KEY_NUMBER,   /* whole */
	KEY_SECONDS,  /* whole seconds, kept in microseconds */
	KEY_TIME,     /* seconds with decimals, kept in microseconds */
	KEY_TEXT,     /* one word */
	KEY_CHOICE,   /* one of |choices| */
	KEY_LINK,     /* name of an interface */
	KEY_OWN,      /* |read| does it all */
	KEY_BLOCK,    /* |read| does it; a block is required */
	KEY_LATER,    /* keepalived's, not built */
	KEY_SKIP,     /* keepalived's, never ours */
	KEY_SKIP_LVS, /* the same, about LVS */
	KEY_KINDS
};

struct key {
	const char *name;
	enum key_kind kind;
	uint16_t offset;      /* of a struct setting in the draft of the block */
	int64_t min, max;     /* KEY_TIME and KEY_SECONDS: microseconds */
	const char *standard; /* the default, in words */
	const char *choices;  /* separated by blanks */
	const char *doc;      /* what it means, in a few words */
	void (*read)(struct reader *, void *draft, const struct key *, const struct statement *);
	bool top;  /* begins a block at the top of a file and nowhere else */
	bool mail; /* about mail, which is not sent */
};

struct key_table {
	const char *block; /* the keyword that opens it; NULL: the top of the file */
	const struct key *keys;
	size_t count;
};

/* All tables, by enum key_block. */
enum key_block {
	KEYS_ROOT,
	KEYS_GLOBAL,
	KEYS_SCRIPT,
	KEYS_INSTANCE,
	KEYS_AUTH,
	KEYS_GROUP,
	KEYS_FILE,
	KEYS_BLOCKS
};
const struct key_table *key_table(enum key_block);

/* Fills r->keys. E_NOMEM. */
int keys_init(struct reader *r);
/* The key called |name| in |block|, or NULL. */
const struct key *keys_find(const struct reader *r, enum key_block block, const char *name);

/* Whether |name| begins a block that stands at the top of a file and nowhere else. */
bool keys_begins_top(const char *name);
/* Whether |name| is a keyword of blocks and none of the top of a file. */
bool keys_only_inside(const char *name);

/* The tables themselves. */
extern const struct key_table keys_root, keys_global, keys_script, keys_instance, keys_auth,
	keys_group, keys_file;

#endif
