/* io/rawsock.h - the sockets of VRRP over IPv4, one set an interface (RFC 3768 5.2).
 *
 * Three: one that hears the VRIDs configured there, one that hears all the others and is only
 * looked at now and then, one that sends. They are bound to the interface as it is now; when it
 * goes away and comes back, they have to be opened again. */
#ifndef IO_RAWSOCK_H
#define IO_RAWSOCK_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/time.h"
#include "io/filter.h"

/* Each opens a non-blocking socket on the interface |ifname|, whose number is |ifindex|, and
 * returns it, or E_NODEV, E_PERM, E_FULL, E_NOBUFS, ...
 * The receiver is a member of 224.0.0.18; |instances| sizes its buffer. The stray receiver relies
 * on that membership. */
int rawsock_open_receiver(const char *ifname, int ifindex, const struct vrid_set *ours,
			  uint32_t instances);
int rawsock_open_stray(const char *ifname, const struct vrid_set *ours);
int rawsock_open_sender(const char *ifname, int ifindex);

/* Packets the kernel had no room for since the socket was opened. */
uint32_t rawsock_lost(int fd);

/* Sends |datagram|, which begins with its IP header, to the destination in it. The kernel fills in
 * identification and checksum. 0 or E_*. */
int rawsock_send(int fd, struct bytes datagram);

enum { RAWSOCK_BATCH = 32, RAWSOCK_SIZE = 2048 };

/* Room for one batch of received packets. */
struct rawsock_batch {
	uint8_t bytes[RAWSOCK_BATCH][RAWSOCK_SIZE];
	struct bytes packets[RAWSOCK_BATCH]; /* from the IP header on, as they came */
	usec_t arrived[RAWSOCK_BATCH];       /* at the interface, on CLOCK_MONOTONIC */
	int64_t wall_offset;                 /* of the wall clock, when last looked at */
};

/* Receives what is there, at most RAWSOCK_BATCH packets, and returns how many; 0: nothing there.
 * What is longer than RAWSOCK_SIZE is cut. E_NETDOWN and the like are taken and forgotten.
 *
 * The kernel stamps arrivals with the wall clock only. A stamp is believed when it is not in the
 * future, not older than RAWSOCK_STAMP_MAX_US, and the wall clock was not set since |batch| was
 * used last; else the packet has arrived now. */
uint32_t rawsock_receive(int fd, struct rawsock_batch *batch);

enum { RAWSOCK_STAMP_MAX_US = 100000 };

#endif
