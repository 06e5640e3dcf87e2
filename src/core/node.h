/* core/node.h - the one door to the protocol: events and time in, actions out.
 *
 * A node is all instances of one host. It has no clock, no socket, no allocation after node_init()
 * and no global, so the engine, the simulator, a replay and a fuzzer drive the very same code.
 *
 * One step changes at most one instance. What touches many of them (a check that 4,000 instances
 * track, a link that goes down) marks them due now, and the following EV_DEADLINE steps serve them
 * one by one: a driver calls node_step(EV_DEADLINE) as long as node_deadline() is not later than
 * now. A step costs O(log instances). */
#ifndef CORE_NODE_H
#define CORE_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/heap.h"
#include "base/map.h"
#include "base/text.h"
#include "core/action.h"
#include "core/conf.h"
#include "core/event.h"
#include "core/instance.h"

struct node {
	const struct node_conf *conf; /* borrowed */
	struct view view;
	struct instance *instances; /* conf->instance_count of them, in its order */
	struct heap heap;
	struct sync_group *groups; /* conf->group_count of them */
	struct map by_vrid;        /* (link, family, VRID) -> instance */
	struct addr *sources, *sources6;
	bool *links_up;
	enum verdict *checks;
	int32_t *values;
	uint64_t next_action;
	uint64_t dropped[DROP_COUNT]; /* of packets that name no instance of ours */
};

/* Makes |node| for |conf|; all memory comes from |arena|, which must outlive the node.
 * E_NOMEM, or E_EXISTS when two instances share link and VRID. */
int node_init(struct node *, const struct node_conf *conf, struct arena *arena);

/* Takes in |ev| at |now|. |out| is emptied first. |now| never goes back. */
void node_step(struct node *, usec_t now, const struct event *ev, struct actions *out);

/* When to call with EV_DEADLINE if nothing happens before; USEC_NEVER: not at all. */
usec_t node_deadline(const struct node *);

/* True when every instance has stopped and nothing is left to be removed. */
bool node_stopped(const struct node *);

/* Moves what instances of |prev| are into those of |next| whose configuration is the same: state,
 * timers, statistics. They are gone from |prev| then, as if stopped, without an action; an EV_STOP
 * to |prev| ends the others. |next| is freshly made and is not started yet. Returns how many moved.
 */
uint32_t node_inherit(struct node *next, struct node *prev);

/* The trace of a step as one line of JSON, no newline: time, event, change of state with its
 * reason, and actions. */
void node_trace(struct text *, const struct node *, usec_t now, const struct event *,
		const struct actions *);

#endif
