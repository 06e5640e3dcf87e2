/* io/route.h - routes and rules given to the kernel and taken back, and what the kernel tells about
 * them (rtnetlink(7)). Goes with io/netlink.h, whose sockets it uses; decides nothing. */
#ifndef IO_ROUTE_H
#define IO_ROUTE_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/route.h"

/* Adds or removes |what|. |ifindexes| are those of its hops, 0 where none is named. A route is put
 * before others to the same place, so it counts and hides nothing for good. One that is there
 * already is no failure of adding (|*ret_there| tells), one that is not there no failure of
 * removing. 0 or E_*; E_UNREACH: the kernel does not know how to reach a gateway. */
int route_change(int fd, bool add, const struct routing *what, const int *ifindexes,
		 bool *ret_there);

/* A route or a rule that has come or gone. Of its hops only the first is told, without a link. */
struct route_report {
	struct routing what;
	char iif[16], oif[16]; /* of a rule; |what| points to them */
	uint8_t proto;
	bool gone;
};

/* Reads a message of the kernel; false when it is about something else. */
bool route_parse(const struct nlmsghdr *, struct route_report *ret);

/* Whether |report| is about |what|, as far as the kernel keeps the two apart. */
bool route_matches(const struct route_report *report, const struct routing *what);

/* Lets a monitor hear of routes and rules too. 0 or E_*. */
int route_join(int monitor);
/* Writes a request for all routes, or all rules, of |family| that belong to |proto| (0: to anybody)
 * into |nlh|, whose header stands. */
void route_put_dump(struct nlmsghdr *nlh, bool rules, uint8_t family, uint8_t proto);

#endif
