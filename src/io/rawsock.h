/* io/rawsock.h - the sockets of VRRP, one set an interface (RFC 3768 5.2, RFC 9568 5.1).
 *
 * For each kind of packet two: one that hears the VRIDs configured there, one that hears all the
 * others and is only looked at now and then. For each family one that sends. They are bound to the
 * interface as it is now; when it goes away and comes back, they have to be opened again.
 *
 * Packets are handed over from their IP header on. The kernel keeps the header of IPv6 to itself
 * and tells its fields, so one is written before the message: without extension headers, which the
 * kernel has walked. */
#ifndef IO_RAWSOCK_H
#define IO_RAWSOCK_H

#include <stdint.h>

#include "base/addr.h"
#include "base/bytes.h"
#include "base/time.h"
#include "io/filter.h"

/* What comes in apart from each other: VRRP over IPv4, the same in an authentication header, VRRP
 * over IPv6. */
enum rawsock_kind { RAWSOCK_IP4, RAWSOCK_AH4, RAWSOCK_IP6, RAWSOCK_KINDS };

/* Each opens a non-blocking socket on the interface |ifname|, whose number is |ifindex|, and
 * returns it, or E_NODEV, E_PERM, E_FULL, E_NOBUFS, ...
 * |instances| sizes the buffer of the receiver. The stray receiver relies on the memberships of the
 * receiver. */
int rawsock_open_receiver(enum rawsock_kind, const char *ifname, const struct vrid_set *ours,
			  uint32_t instances);
int rawsock_open_stray(enum rawsock_kind, const char *ifname, const struct vrid_set *ours);
int rawsock_open_sender(uint8_t family, const char *ifname, int ifindex);

/* Makes receiver |fd| a member of |group| on its interface; twice is no failure. 0 or E_*. */
int rawsock_join(int fd, int ifindex, const struct addr *group);

/* Packets the kernel had no room for since the socket was opened. */
uint32_t rawsock_lost(int fd);

/* Sends |datagram|, which begins with its IP header, to the destination in it. Over IPv4 the kernel
 * fills in the header checksum, and the identification if it is 0. 0 or E_*. */
int rawsock_send(int fd, struct bytes datagram);

enum { RAWSOCK_BATCH = 32, RAWSOCK_SIZE = 2048 };

/* Room for one batch of received packets. */
struct rawsock_batch {
	uint8_t bytes[RAWSOCK_BATCH][RAWSOCK_SIZE];
	struct bytes packets[RAWSOCK_BATCH]; /* from the IP header on, as they came */
	usec_t arrived[RAWSOCK_BATCH];       /* at the interface, on CLOCK_MONOTONIC */
	int64_t wall_offset;                 /* of the wall clock, when last looked at */
};

/* Receives what is there on |fd| of that kind, at most RAWSOCK_BATCH packets, and returns how many;
 * 0: nothing there. What is longer than RAWSOCK_SIZE is cut. E_NETDOWN and the like are taken and
 * forgotten.
 *
 * The kernel stamps arrivals with the wall clock only. A stamp is believed when it is not in the
 * future, not older than RAWSOCK_STAMP_MAX_US, and the wall clock was not set since |batch| was
 * used last; else the packet has arrived now. */
uint32_t rawsock_receive(enum rawsock_kind, int fd, struct rawsock_batch *batch);

enum { RAWSOCK_STAMP_MAX_US = 100000 };

#endif
