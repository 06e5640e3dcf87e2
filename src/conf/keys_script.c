#include "conf/apply.h"
#include "conf/keys.h"

#define C(field) offsetof(struct draft_check, field)

static const struct key keys[] = {
	{ "script", KEY_OWN, C(script), .read = read_script,
	  .doc = "the command, with its arguments in one pair of quotes" },
	{ "interval", KEY_TIME, C(interval), 1000, 4294000000, .standard = "1",
	  .doc = "seconds from one run to the next" },
	{ "timeout", KEY_TIME, C(timeout), 0, 4294000000, .standard = "interval",
	  .doc = "seconds after which a run has failed and is ended; 0: interval" },
	{ "weight", KEY_OWN, C(weight), -253, 253, .read = read_weight, .standard = "0",
	  .doc = "what a track_script without its own weight adds to the priority" },
	{ "rise", KEY_NUMBER, C(rise), 1, INT32_MAX, .standard = "1",
	  .doc = "successes in a row until it is well" },
	{ "fall", KEY_NUMBER, C(fall), 1, INT32_MAX, .standard = "1",
	  .doc = "failures in a row until it is not" },
	{ "user", KEY_OWN, C(user), .read = read_user, .standard = "script_user",
	  .doc = "user and group the script runs as" },
	{ "init_fail", KEY_FLAG, C(init_fail), .standard = "off",
	  .doc = "counts as failed until it has succeeded" },
};

const struct key_table keys_script = { "vrrp_script", keys, sizeof(keys) / sizeof(keys[0]) };
