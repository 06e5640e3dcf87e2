/* io/netlink.h - addresses given to the kernel and taken back, and what the kernel tells about
 * interfaces and addresses (rtnetlink(7)).
 *
 * Two independent things. The requester changes addresses, many in one system call; the kernel
 * carries a request out before that call returns, so the answers are there at once. The monitor
 * hears of changes by anybody. Neither decides anything. */
#ifndef IO_NETLINK_H
#define IO_NETLINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "io/route.h"
#include "wire/arp.h"

/* IFA_PROTO of our addresses, as keepalived marks its own. */
enum { NETLINK_PROTO_VRRP = 18 };

/* One address to be added or removed. */
struct netlink_change {
	struct addr addr, broadcast; /* broadcast ADDR_NONE: none */
	const char *label;           /* NULL: none */
	int ifindex;
	uint8_t prefix, scope;
	int err;    /* written by netlink_change(): 0 or E_* */
	bool there; /* written too: it was there already */
};

/* Returns a socket for requests, or E_*. */
int netlink_open(void);

/* Adds or removes |count| addresses in their order and writes the outcome of each into it. An
 * address that is there already with that prefix on that interface is no failure of adding, one
 * that is not there (or whose interface is gone) no failure of removing. Returns how many failed.
 */
uint32_t netlink_change(int fd, bool add, struct netlink_change *list, uint32_t count);

struct netlink_link {
	char name[IFNAMSIZ];
	int ifindex;
	uint32_t flags; /* IFF_* */
	uint16_t type;  /* ARPHRD_* */
	uint8_t mac[MAC_LEN];
	bool has_mac;
	bool gone;
};

struct netlink_addr {
	struct addr addr;
	int ifindex;
	uint32_t flags; /* IFA_F_* */
	uint8_t prefix, scope;
	bool gone;
};

/* Who is told. */
struct netlink_sink {
	void *ctx;
	void (*link)(void *ctx, const struct netlink_link *);
	void (*addr)(void *ctx, const struct netlink_addr *);
	void (*route)(void *ctx, const struct route_report *); /* NULL: not told about */
	uint8_t route_proto; /* the routes of a dump belong to it; 0: to anybody */
};

/* Returns a non-blocking socket on which the kernel reports changes, or E_*. */
int netlink_open_monitor(void);
/* Tells |sink| the changes reported so far, a few hundred at most. 0: that was all; 1: there may be
 * more, which stays readable; E_NOBUFS when some have been lost (then everything has to be read
 * anew with netlink_dump()), or E_IO. */
int netlink_read_monitor(int fd, const struct netlink_sink *sink);

/* Tells |sink| all interfaces, then all addresses, then all routes and rules, as they are. E_AGAIN:
 * they kept changing meanwhile, or another E_*; |sink| may have been told a part. */
int netlink_dump(const struct netlink_sink *sink);

#endif
