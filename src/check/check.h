/* check/check.h - what a check is: what to run, how often, and how to judge it.
 *
 * Made by conf/, carried to the worker, which runs it on the schedule of check/sched.h, and judged
 * in the engine by check/judge.h. */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

struct script_conf {
	const char *const *argv; /* shell words already taken apart; NULL at the end */
	const char *text;        /* as configured, for people */
	const char *user;        /* NULL: the configuration's script_user */
	const char *group;       /* NULL: the user's own */
};

struct check_conf {
	const char *name;
	struct script_conf script;
	usec_t interval_us;
	usec_t timeout_us;   /* never 0 */
	uint32_t rise, fall; /* at least 1 */
	int16_t weight;      /* default of those that track it */
	bool reverse;
	bool init_fail; /* counts as failed until it has succeeded |rise| times */
};

#endif
