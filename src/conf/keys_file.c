#include "conf/apply.h"
#include "conf/keys.h"

#define F(field) offsetof(struct draft_file, field)

static const struct key keys[] = {
	{ "file", KEY_TEXT, F(path), .standard = "required", .doc = "a file with a number in it" },
	{ "weight", KEY_OWN, F(weight), -254, 254, .read = read_weight, .standard = "1",
	  .doc = "the number times this is added to the priority" },
	{ "init_file", KEY_OWN, F(init), INT32_MIN, INT32_MAX, .read = read_init_file,
	  .standard = "none", .doc = "write this number at the start if the file is not there" },
};

const struct key_table keys_file = { "track_file", keys, sizeof(keys) / sizeof(keys[0]) };
