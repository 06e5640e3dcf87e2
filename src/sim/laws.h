/* sim/laws.h - one step of one instance, judged alone.
 *
 * Each law says what RFC 9568 and RFC 3768 section 6.4, keepalived's documented options or core's
 * own contract demand of a step, written down a second time and in other words than in core, so
 * that a mistake there shows here. A law sees the instance before and after, the event and the
 * actions, and remembers nothing: swarm and explorer use the same ones. */
#ifndef SIM_LAWS_H
#define SIM_LAWS_H

#include <stdbool.h>

#include "core/node.h"

struct law_case {
	const struct node *node; /* after the step */
	usec_t now;
	const struct event *ev;
	const struct instance *before, *after; /* NULL: the event names no instance */
	const struct actions *out;
	bool forged; /* EV_PACKET: from an attacker who has no password */
};

/* What a law is, and the sentence it stands for. */
struct law {
	const char *name; /* "skew" */
	const char *says;
};

/* The first law |c| breaks, NULL when it breaks none. */
const struct law *laws_judge(const struct law_case *c);

/* Skew_Time and Master_Down_Interval of |conf| at |priority| under a MASTER that advertises every
 * |advert_us|, from the formulas of the RFCs. */
usec_t law_skew(const struct instance_conf *conf, usec_t advert_us, uint8_t priority);
usec_t law_down(const struct instance_conf *conf, usec_t advert_us, uint8_t priority);
/* True when a MASTER that last spoke at |last| has slept longer than the most impatient peer waits.
 */
bool law_overslept(const struct instance_conf *, usec_t last, usec_t now);

#endif
