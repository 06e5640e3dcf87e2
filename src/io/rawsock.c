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

/* What a kind is to the kernel. */
static const struct kind {
	int family, protocol;
	enum filter_form form;
} kinds[RAWSOCK_KINDS] = {
	[RAWSOCK_IP4] = { AF_INET, IP_PROTO_VRRP, FILTER_IP4 },
	[RAWSOCK_AH4] = { AF_INET, IP_PROTO_AH, FILTER_AH4 },
	[RAWSOCK_IP6] = { AF_INET6, IP_PROTO_VRRP, FILTER_IP6 },
};

static int attach_filter(int fd, const struct vrid_set *ours, enum filter_form form,
			 enum filter_side side)
{
	struct sock_filter prog[FILTER_MAX];
	struct sock_fprog fprog = { filter_build(prog, ours, form, side), prog };

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

/* Of an IPv6 header the kernel tells what it is asked for. */
static int ask_for_header(int fd)
{
	if (set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) < 0)
		return -1;
	return set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
}

static int open_filtered(enum rawsock_kind kind, const char *ifname, const struct vrid_set *ours,
			 enum filter_side side)
{
	const struct kind *k = &kinds[kind];
	int fd = socket(k->family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, k->protocol);

	if (fd < 0 || bind_device(fd, ifname) < 0 || attach_filter(fd, ours, k->form, side) < 0)
		return give_up(fd);
	if (k->family == AF_INET6 && ask_for_header(fd) < 0)
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

int rawsock_open_receiver(enum rawsock_kind kind, const char *ifname, const struct vrid_set *ours,
			  uint32_t instances)
{
	uint64_t room = BUFFER_BASE + (uint64_t)instances * BUFFER_PER_INSTANCE;
	int fd = open_filtered(kind, ifname, ours, FILTER_OURS);

	if (fd < 0)
		return fd;
	size_buffer(fd, room < BUFFER_MOST ? (int)room : BUFFER_MOST);
	set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	flush(fd);
	return fd;
}

int rawsock_open_stray(enum rawsock_kind kind, const char *ifname, const struct vrid_set *ours)
{
	int fd = open_filtered(kind, ifname, ours, FILTER_STRAY);

	if (fd < 0)
		return fd;
	size_buffer(fd, STRAY_BUFFER);
	flush(fd);
	return fd;
}

static int join4(int fd, int ifindex, const struct addr *group)
{
	struct ip_mreqn m = { .imr_ifindex = ifindex };

	memcpy(&m.imr_multiaddr, group->b, 4);
	return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m));
}

static int join6(int fd, int ifindex, const struct addr *group)
{
	struct ipv6_mreq m = { .ipv6mr_interface = (unsigned)ifindex };

	memcpy(&m.ipv6mr_multiaddr, group->b, 16);
	return setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &m, sizeof(m));
}

int rawsock_join(int fd, int ifindex, const struct addr *group)
{
	int err = group->family == ADDR_V6 ? join6(fd, ifindex, group) : join4(fd, ifindex, group);

	return err == 0 || errno == EADDRINUSE ? 0 : err_from_errno(errno);
}

static int aim4(int fd, int ifindex)
{
	struct ip_mreqn from = { .imr_ifindex = ifindex };

	if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof(from)) < 0)
		return -1;
	return set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
}

static int aim6(int fd, int ifindex)
{
	if (set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, ifindex) < 0)
		return -1;
	return set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
}

/* IPPROTO_RAW: what is sent brings its own header, and nothing is received. */
int rawsock_open_sender(uint8_t family, const char *ifname, int ifindex)
{
	bool six = family == ADDR_V6;
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
			IPPROTO_RAW);

	if (fd < 0 || bind_device(fd, ifname) < 0 ||
	    (six ? aim6(fd, ifindex) : aim4(fd, ifindex)) < 0 ||
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

static int send_to(int fd, struct bytes datagram, const void *to, socklen_t len)
{
	ssize_t n;

	do {
		n = sendto(fd, datagram.p, datagram.len, MSG_DONTWAIT, to, len);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? err_from_errno(errno) : 0;
}

int rawsock_send(int fd, struct bytes datagram)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };

	if (datagram.len < IP4_HEADER)
		return E_INVAL;
	if (datagram.p[0] >> 4 == 4) {
		memcpy(&to4.sin_addr, datagram.p + 16, 4);
		return send_to(fd, datagram, &to4, sizeof(to4));
	}
	if (datagram.len < IP6_HEADER)
		return E_INVAL;
	memcpy(&to6.sin6_addr, datagram.p + 24, 16);
	return send_to(fd, datagram, &to6, sizeof(to6));
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

/* Room for what the kernel says beside a packet. */
union control {
	char bytes[CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(struct in6_pktinfo)) +
		   CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/* Writes the header before the |len| bytes that came behind it. What the kernel did not tell is 0,
 * which is never right. */
static void write_header6(uint8_t *p, size_t len, struct msghdr *msg)
{
	const struct sockaddr_in6 *from = msg->msg_name;

	memset(p, 0, IP6_HEADER);
	p[0] = 6 << 4;
	put_be16(p + 4, (uint16_t)len);
	p[6] = IP_PROTO_VRRP;
	memcpy(p + 8, &from->sin6_addr, 16);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		struct in6_pktinfo info;
		int hops;

		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		if (c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(p + 24, &info.ipi6_addr, 16);
		} else if (c->cmsg_type == IPV6_HOPLIMIT) {
			memcpy(&hops, CMSG_DATA(c), sizeof(hops));
			p[7] = (uint8_t)hops;
		}
	}
}

static int receive_all(int fd, struct mmsghdr *msgs)
{
	int n = -1;

	for (int tries = 0; tries < PENDING_ERRORS; tries++) {
		n = recvmmsg(fd, msgs, RAWSOCK_BATCH, MSG_DONTWAIT, NULL);
		if (n >= 0 || errno == EAGAIN)
			break;
	}
	return n;
}

uint32_t rawsock_receive(enum rawsock_kind kind, int fd, struct rawsock_batch *batch)
{
	size_t headroom = kind == RAWSOCK_IP6 ? IP6_HEADER : 0;
	struct sockaddr_in6 from[RAWSOCK_BATCH];
	union control control[RAWSOCK_BATCH];
	struct mmsghdr msgs[RAWSOCK_BATCH];
	struct iovec iov[RAWSOCK_BATCH];
	int n;

	memset(msgs, 0, sizeof(msgs));
	for (int i = 0; i < RAWSOCK_BATCH; i++) {
		struct msghdr *m = &msgs[i].msg_hdr;

		iov[i] = (struct iovec){ batch->bytes[i] + headroom, RAWSOCK_SIZE - headroom };
		m->msg_iov = &iov[i];
		m->msg_iovlen = 1;
		m->msg_control = &control[i];
		m->msg_controllen = sizeof(control[i].bytes);
		if (headroom > 0) {
			m->msg_name = &from[i];
			m->msg_namelen = sizeof(from[i]);
		}
	}
	n = receive_all(fd, msgs);
	for (int i = 0; i < n; i++) {
		if (headroom > 0)
			write_header6(batch->bytes[i], msgs[i].msg_len, &msgs[i].msg_hdr);
		batch->packets[i] = (struct bytes){ batch->bytes[i], headroom + msgs[i].msg_len };
	}
	if (n > 0)
		date(batch, msgs, n);
	return n < 0 ? 0 : (uint32_t)n;
}
