#include "io/rawsock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "io/clock.h"
#include "io/errmap.h"
#include "wire/ip.h"

enum {
	BUFFER_BASE = 256 * 1024,
	BUFFER_PER_INSTANCE = 4 * 1024, /* a few seconds of adverts, with the kernel's overhead */
	BUFFER_MOST = 64 * 1024 * 1024,
	STRAY_BUFFER = 256 * 1024,
	CLOCK_SET_US = 1000, /* more than slewing moves the wall clock between two packets */
	PENDING_ERRORS = 4,  /* a socket can have an error to tell before its packets */
	PRIORITY = 6,        /* TC_PRIO_INTERACTIVE: first band of the default queue */
};

static int set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* Beyond net.core.rmem_max where we may, up to it elsewhere. */
static void size_buffer(int fd, int bytes)
{
	if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes) < 0)
		set_int(fd, SOL_SOCKET, SO_RCVBUF, bytes);
}

static int attach_filter(int fd, const struct vrid_set *ours, enum filter_side side)
{
	struct sock_filter prog[FILTER_MAX];
	struct sock_fprog fprog = { filter_build(prog, ours, side), prog };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog));
}

static int bind_device(int fd, const char *ifname)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, (socklen_t)strlen(ifname));
}

/* What every failed opening ends with. */
static int give_up(int fd)
{
	int err = err_from_errno(errno);

	if (fd >= 0)
		close(fd);
	return err;
}

static int open_filtered(const char *ifname, const struct vrid_set *ours, enum filter_side side)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IP_PROTO_VRRP);

	if (fd < 0 || bind_device(fd, ifname) < 0 || attach_filter(fd, ours, side) < 0)
		return give_up(fd);
	return fd;
}

/* Takes out what came in between socket() and the filter, from whatever interface. */
static void flush(int fd)
{
	char byte;

	while (recv(fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) >= 0)
		;
}

int rawsock_open_receiver(const char *ifname, int ifindex, const struct vrid_set *ours,
			  uint32_t instances)
{
	struct ip_mreqn group = { .imr_multiaddr.s_addr = htonl(VRRP_GROUP4),
				  .imr_ifindex = ifindex };
	uint64_t room = BUFFER_BASE + (uint64_t)instances * BUFFER_PER_INSTANCE;
	int fd = open_filtered(ifname, ours, FILTER_OURS);

	if (fd < 0)
		return fd;
	size_buffer(fd, room < BUFFER_MOST ? (int)room : BUFFER_MOST);
	set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	flush(fd);
	if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return give_up(fd);
	return fd;
}

int rawsock_open_stray(const char *ifname, const struct vrid_set *ours)
{
	int fd = open_filtered(ifname, ours, FILTER_STRAY);

	if (fd < 0)
		return fd;
	size_buffer(fd, STRAY_BUFFER);
	flush(fd);
	return fd;
}

int rawsock_open_sender(const char *ifname, int ifindex)
{
	struct ip_mreqn from = { .imr_ifindex = ifindex };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0 || bind_device(fd, ifname) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof(from)) < 0 ||
	    set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0) < 0 ||
	    set_int(fd, SOL_SOCKET, SO_PRIORITY, PRIORITY) < 0)
		return give_up(fd);
	set_int(fd, SOL_SOCKET, SO_RCVBUF, 0);
	return fd;
}

uint32_t rawsock_lost(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) < 0)
		return 0;
	return info[SK_MEMINFO_DROPS];
}

int rawsock_send(int fd, struct bytes datagram)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	ssize_t n;

	if (datagram.len < IP4_HEADER)
		return E_INVAL;
	memcpy(&to.sin_addr, datagram.p + 16, 4);
	do {
		n = sendto(fd, datagram.p, datagram.len, MSG_DONTWAIT, (struct sockaddr *)&to,
			   sizeof(to));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? err_from_errno(errno) : 0;
}

/* What the kernel said of when |msg| came, on the wall clock; INT64_MAX: nothing. */
static int64_t stamp_of(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		struct timespec ts;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		return (int64_t)ts.tv_sec * (int64_t)USEC_PER_SEC + ts.tv_nsec / 1000;
	}
	return INT64_MAX;
}

static void date(struct rawsock_batch *batch, struct mmsghdr *msgs, int n)
{
	usec_t now = clock_now();
	int64_t offset = clock_wall(0), moved = offset - batch->wall_offset;
	bool was_set = moved > CLOCK_SET_US || moved < -CLOCK_SET_US;

	batch->wall_offset = offset;
	for (int i = 0; i < n; i++) {
		int64_t age = offset + (int64_t)now - stamp_of(&msgs[i].msg_hdr);
		bool believed = !was_set && age >= 0 && age <= RAWSOCK_STAMP_MAX_US;

		batch->arrived[i] = now - (believed ? (usec_t)age : 0);
	}
}

uint32_t rawsock_receive(int fd, struct rawsock_batch *batch)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct timespec))];
		struct cmsghdr align;
	} control[RAWSOCK_BATCH];
	struct mmsghdr msgs[RAWSOCK_BATCH];
	struct iovec iov[RAWSOCK_BATCH];
	int n = -1;

	memset(msgs, 0, sizeof(msgs));
	for (int i = 0; i < RAWSOCK_BATCH; i++) {
		iov[i] = (struct iovec){ batch->bytes[i], RAWSOCK_SIZE };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
		msgs[i].msg_hdr.msg_control = &control[i];
		msgs[i].msg_hdr.msg_controllen = sizeof(control[i].bytes);
	}
	for (int tries = 0; tries < PENDING_ERRORS; tries++) {
		n = recvmmsg(fd, msgs, RAWSOCK_BATCH, MSG_DONTWAIT, NULL);
		if (n >= 0 || errno == EAGAIN)
			break;
	}
	for (int i = 0; i < n; i++)
		batch->packets[i] = (struct bytes){ batch->bytes[i], msgs[i].msg_len };
	if (n > 0)
		date(batch, msgs, n);
	return n < 0 ? 0 : (uint32_t)n;
}
