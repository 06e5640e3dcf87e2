/* core/track.h - what an instance tracks, and what that does to it.
 *
 * Weight 0 decides between taking part and FAULT; any other weight moves the priority. The sum and
 * the rules of weights are keepalived's. Pure reading: nothing is changed here. */
#ifndef CORE_TRACK_H
#define CORE_TRACK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conf.h"
#include "core/event.h"
#include "core/reason.h"

/* What an instance can see of its node. */
struct view {
	const struct node_conf *conf;
	const struct addr *sources;  /* IPv4, by link */
	const struct addr *sources6; /* link-local, by link */
	const bool *links_up;        /* by link */
	const enum verdict *checks;  /* by check */
	const int32_t *values;       /* by check; of those tracked scaled */
	bool started, stopping;
};

/* The address adverts of |conf| leave from; ADDR_NONE when its link has none now. */
const struct addr *view_source(const struct view *, const struct instance_conf *conf);

/* What |t| adds to the priority when the thing it tracks is judged |v| and, if scaled, has |value|.
 */
int32_t track_contribution(const struct track_conf *t, enum verdict v, int32_t value);
/* Base priority and all contributions, not clamped. */
int32_t track_total(const struct instance_conf *conf, const struct view *);
/* Finds what keeps |conf| from taking part: links, its source address, checks of weight 0. */
bool track_find_fault(const struct instance_conf *conf, const struct view *, struct why *ret);
/* Finds a check of weight 0 that has no result yet. */
bool track_find_unknown(const struct instance_conf *conf, const struct view *, struct why *ret);

#endif
