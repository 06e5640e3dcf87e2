/* core/event.h - all that can happen to a node. Together with the time, nothing else can change it.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/bytes.h"
#include "base/time.h"

enum event_kind {
	EV_START,    /* begin: every instance leaves INIT as soon as it may */
	EV_STOP,     /* leave in order: every instance resigns */
	EV_DEADLINE, /* node_deadline() has come; one instance that is due is served */
	EV_PACKET,   /* an IP datagram has arrived */
	EV_LINK,     /* the state of an interface, told at the start and at every change */
	EV_CHECK,    /* the verdict on a check or the number of a file, told at every change */
	EV_LOST,     /* somebody else has removed an address or a route of a MASTER */
	EV_RESULT,   /* what became of an action */
};

enum verdict { VERDICT_UNKNOWN, VERDICT_UP, VERDICT_DOWN };

struct event {
	enum event_kind kind;
	union {
		struct {
			struct bytes datagram; /* from the IP header on; borrowed for the step */
			uint16_t link;
		} packet;
		struct {
			struct addr source;  /* IPv4 adverts leave from here; ADDR_NONE: none */
			struct addr source6; /* link-local; ADDR_NONE: none */
			uint16_t link;
			bool up; /* exists, is up and has carrier */
		} link;
		struct {
			uint16_t check;
			enum verdict verdict;
			int32_t value; /* of a scaled track; verdict UP says that it is known */
		} check;
		struct {
			uint32_t instance;
			uint16_t item; /* which of its addresses, or of its routes */
			bool route;
		} lost;
		struct {
			uint64_t action; /* id of an action of this node */
			uint32_t instance;
			uint8_t kind;  /* enum action_kind of that action */
			uint16_t item; /* ADDR, ANNOUNCE, ROUTE: which of them failed */
			int err;       /* enum err, not 0: what was done well is not reported */
		} result;
	};
};

#endif
