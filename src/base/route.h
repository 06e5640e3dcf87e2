/* base/route.h - a route or a rule as data, between conf/, which reads it, and io/route.h, which
 * gives it to the kernel: ip-route(8), ip-rule(8), rtnetlink(7). */
#ifndef BASE_ROUTE_H
#define BASE_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

enum { ROUTE_HOPS_MAX = 16, ROUTE_LINK_NONE = UINT16_MAX };

/* Whom our routes and rules belong to, as keepalived marks its own. */
enum { ROUTE_PROTO_VRRP = 18 };

struct prefix {
	struct addr addr; /* ADDR_NONE: everything */
	uint8_t len;
};

struct route_hop {
	struct addr via; /* ADDR_NONE: directly on |link| */
	uint16_t link;   /* ROUTE_LINK_NONE: where the kernel finds |via| */
	uint16_t weight; /* 1..256 */
	bool onlink;
};

struct route {
	struct prefix to;
	struct addr src; /* ADDR_NONE: none preferred */
	struct route_hop hops[ROUTE_HOPS_MAX];
	uint8_t hop_count; /* 0 with types that lead nowhere */
	uint8_t type;      /* RTN_* */
	uint8_t scope, tos, proto;
	uint32_t table;
	uint32_t metric, mtu, advmss; /* 0: not said */
	bool mtu_lock;
};

struct rule {
	struct prefix from, to;
	const char *iif, *oif; /* NULL: any */
	uint32_t table;        /* of FR_ACT_TO_TBL */
	uint32_t priority;     /* 0: the kernel's choice */
	uint32_t mark, mask;   /* mask 0: any */
	uint32_t target;       /* of FR_ACT_GOTO */
	int32_t suppress;      /* suppress_prefixlength; -1: none */
	uint8_t tos, action;   /* FR_ACT_* */
	bool invert;
};

struct routing {
	uint8_t family; /* ADDR_V4 or ADDR_V6 */
	bool is_rule;
	union {
		struct route route;
		struct rule rule;
	};
};

#endif
