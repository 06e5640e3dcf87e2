/* core/reason.h - why an instance is in the state it is in, in a form people and tests can read. */
#ifndef CORE_REASON_H
#define CORE_REASON_H

#include <stdint.h>

#include "base/addr.h"
#include "base/text.h"
#include "base/time.h"

/* Placeholders: {peer}, {theirs} and {ours} priorities, {time} in seconds, {name} of a thing. */
#define REASON_LIST(X)                                                                             \
	X(WHY_NONE, "none", "not started")                                                         \
	X(WHY_START, "start", "started")                                                           \
	X(WHY_RECOVERED, "recovered", "every fault is gone")                                       \
	X(WHY_OWNER, "owner", "priority 255 owns the addresses")                                   \
	X(WHY_SILENCE, "silence", "no advertisement for {time} s")                                 \
	X(WHY_RESIGNED, "resigned", "{peer} has resigned")                                         \
	X(WHY_PREEMPT, "preempt", "our priority {ours} is higher than {theirs} of {peer}")         \
	X(WHY_HIGHER, "higher", "{peer} has the higher priority {theirs}, ours is {ours}")         \
	X(WHY_TIE, "tie", "{peer} has our priority {ours} and the higher address")                 \
	X(WHY_LINK, "link-down", "interface {name} is down")                                       \
	X(WHY_SOURCE, "no-source", "interface {name} has no address to send from")                 \
	X(WHY_CHECK, "check", "check {name} failed")                                               \
	X(WHY_WAIT, "wait", "waits for the first result of {name}")                                \
	X(WHY_GROUP, "group", "follows {name} of its sync group")                                  \
	X(WHY_ADDRESS, "address", "an address could not be added")                                 \
	X(WHY_ROUTE, "route", "a route or a rule could not be added")                              \
	X(WHY_PAUSED, "paused", "woke {time} s after the last advertisement")                      \
	X(WHY_SEQUENCE, "sequence", "the authentication header's sequence numbers are used up")    \
	X(WHY_STOP, "stop", "asked to stop")

enum reason {
#define X(id, name, text) id,
	REASON_LIST(X)
#undef X
		REASON_COUNT
};

struct why {
	enum reason reason;
	uint8_t ours, theirs;
	struct addr peer;
	usec_t time_us;
	const char *name; /* borrowed from the configuration; NULL when there is none */
};

/* "silence" for WHY_SILENCE. */
const char *reason_name(enum reason);
/* The sentence, placeholders filled in. */
void why_render(struct text *, const struct why *);

#endif
