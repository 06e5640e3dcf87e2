/* core/action.h - all that a node asks of the world.
 *
 * The driver carries the actions of a step out in their order, or hands them to something that
 * keeps the order. Failures come back as EV_RESULT. Pointers in an action are the node's or the
 * configuration's and hold until the next node_step(). */
#ifndef CORE_ACTION_H
#define CORE_ACTION_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/msg.h"
#include "core/reason.h"

enum action_kind {
	ACT_SEND,      /* put |count| datagrams on |link|; each names its destination */
	ACT_ADDR_ADD,  /* give addresses first .. first + count - 1 of the instance to the kernel */
	ACT_ADDR_DEL,  /* take them away; one that is not there is no failure */
	ACT_ROUTE_ADD, /* the same with routes and rules */
	ACT_ROUTE_DEL,
	ACT_ANNOUNCE, /* gratuitous ARP or neighbour advertisement, each address |repeat| times */
	ACT_NOTIFY,   /* tell the operator's scripts: the instance is in |state| now */
	ACT_STATE,    /* for the record: a change of state and why */
	ACT_GROUP,    /* tell the operator's scripts: the sync group is in |state| now */
	ACT_LOG,      /* for the journal */
};

enum vrrp_state { VRRP_INIT, VRRP_BACKUP, VRRP_MASTER, VRRP_FAULT };
enum { VRRP_STATE_COUNT = VRRP_FAULT + 1 };

/* What a notification tells. */
enum notify_state { NOTIFY_MASTER, NOTIFY_BACKUP, NOTIFY_FAULT, NOTIFY_STOP, NOTIFY_STATE_COUNT };

struct action {
	uint64_t id; /* grows by one from action to action of a node */
	enum action_kind kind;
	uint32_t instance; /* INSTANCE_NONE when it concerns none */
	union {
		struct {
			struct bytes datagram; /* the first; IP header included */
			uint16_t count;        /* of them: one for the group, or one a peer */
			uint16_t stride;       /* from the begin of one to the begin of the next */
			uint16_t link;
			uint8_t priority; /* for the trace */
		} send;
		struct { /* ADDR, ROUTE, ANNOUNCE */
			uint16_t first, count;
			uint8_t repeat; /* ANNOUNCE */
		} addrs;
		struct {
			enum notify_state state;
			uint8_t priority; /* effective */
		} notify;
		struct {
			enum vrrp_state from, to;
			struct why why;
		} state;
		struct {
			uint16_t group;
			enum notify_state state;
		} group;
		struct msg log;
	};
};

#define INSTANCE_NONE UINT32_MAX

enum { ACTIONS_MAX = 16 }; /* no step needs more; node_step() asserts it */

struct actions {
	uint32_t count;
	struct action list[ACTIONS_MAX];
};

/* "MASTER" for VRRP_MASTER. */
const char *vrrp_state_name(enum vrrp_state);
/* "MASTER" for NOTIFY_MASTER, "STOP" for NOTIFY_STOP. */
const char *notify_state_name(enum notify_state);

#endif
