#include "io/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/err.h"
#include "io/errmap.h"

enum {
	BATCH = 64,
	REQUEST_MAX = 160, /* bytes of one request: header, 6 attributes */
	REPLY_MAX = 32 * 1024,
	MONITOR_BUFFER = 8 * 1024 * 1024,
	READ_MOST = 256, /* reports taken at once, however fast they come */
	DUMP_TRIES = 8,
	DUMP_TIMEOUT_S = 2,
};

#ifndef IFA_PROTO
#define IFA_PROTO 11
#endif

static int open_socket(uint32_t groups, int flags)
{
	struct sockaddr_nl us = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE), err;

	if (fd < 0)
		return err_from_errno(errno);
	if (bind(fd, (struct sockaddr *)&us, sizeof(us)) < 0) {
		err = err_from_errno(errno);
		close(fd);
		return err;
	}
	return fd;
}

/* ---- changing --------------------------------------------------------------------------- */

int netlink_open(void)
{
	int one = 1, fd = open_socket(0, 0);

	if (fd >= 0)
		setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return fd;
}

/* Nobody else has a virtual address now, so it need not be asked for (RFC 9568 8.2.2). One that
 * stands for a single host is deprecated, as in keepalived: the kernel shall not take it as a
 * source by itself. */
static void put_ip6(struct nlmsghdr *nlh, const struct netlink_change *c)
{
	const struct ifa_cacheinfo lasting = { .ifa_valid = UINT32_MAX };

	mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NODAD);
	if (c->prefix == 128)
		mnl_attr_put(nlh, IFA_CACHEINFO, sizeof(lasting), &lasting);
}

static void put_request(struct nlmsghdr *nlh, bool add, const struct netlink_change *c)
{
	size_t len = addr_len(c->addr.family);
	struct ifaddrmsg *ifa;

	nlh->nlmsg_type = add ? RTM_NEWADDR : RTM_DELADDR;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (add ? NLM_F_CREATE | NLM_F_EXCL : 0));
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = c->addr.family == ADDR_V4 ? AF_INET : AF_INET6;
	ifa->ifa_prefixlen = c->prefix;
	ifa->ifa_scope = c->scope;
	ifa->ifa_index = (uint32_t)c->ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, len, c->addr.b);
	mnl_attr_put(nlh, IFA_ADDRESS, len, c->addr.b);
	if (!add)
		return;
	if (c->broadcast.family == ADDR_V4)
		mnl_attr_put(nlh, IFA_BROADCAST, 4, c->broadcast.b);
	if (c->label != NULL)
		mnl_attr_put_strz(nlh, IFA_LABEL, c->label);
	if (c->addr.family == ADDR_V6)
		put_ip6(nlh, c);
	mnl_attr_put_u8(nlh, IFA_PROTO, NETLINK_PROTO_VRRP);
}

static int outcome(bool add, int system_error)
{
	if (add && system_error == EEXIST)
		return 0;
	if (!add && (system_error == EADDRNOTAVAIL || system_error == ENODEV))
		return 0;
	return err_from_errno(system_error);
}

static void fail_all(struct netlink_change *list, uint32_t count, int err)
{
	for (uint32_t i = 0; i < count; i++)
		list[i].err = err;
}

/* Takes the answers in |buf|; only failures and the last request are answered. Returns true when
 * the last answer was among them. */
static bool take_answers(const char *buf, size_t len, bool add, uint32_t seq,
			 struct netlink_change *list, uint32_t count)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	int left = (int)len;
	bool last = false;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
		uint32_t item = nlh->nlmsg_seq - seq;

		if (nlh->nlmsg_type != NLMSG_ERROR || item >= count ||
		    mnl_nlmsg_get_payload_len(nlh) < sizeof(e->error))
			continue;
		list[item].err = outcome(add, -e->error);
		list[item].there = add && e->error == -EEXIST;
		last |= item == count - 1;
	}
	return last;
}

static void change_batch(int fd, bool add, struct netlink_change *list, uint32_t count)
{
	static uint32_t next_seq;
	char buf[BATCH * REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	uint32_t seq = next_seq;
	size_t len = 0;
	ssize_t n;

	next_seq += count;
	memset(buf, 0, sizeof(buf));
	for (uint32_t i = 0; i < count; i++) {
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf + len);

		put_request(nlh, add, &list[i]);
		nlh->nlmsg_seq = seq + i;
		if (i == count - 1)
			nlh->nlmsg_flags |= NLM_F_ACK;
		list[i].err = 0;
		list[i].there = false;
		len += NLMSG_ALIGN(nlh->nlmsg_len);
	}
	do {
		n = send(fd, buf, len, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		fail_all(list, count, err_from_errno(errno));
		return;
	}
	do {
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && errno != EINTR) {
			fail_all(list, count, err_from_errno(errno));
			return;
		}
	} while (n < 0 || !take_answers(buf, (size_t)n, add, seq, list, count));
}

uint32_t netlink_change(int fd, bool add, struct netlink_change *list, uint32_t count)
{
	uint32_t failed = 0;

	for (uint32_t done = 0; done < count; done += BATCH)
		change_batch(fd, add, list + done, count - done < BATCH ? count - done : BATCH);
	for (uint32_t i = 0; i < count; i++)
		failed += list[i].err != 0;
	return failed;
}

/* ---- listening -------------------------------------------------------------------------- */

int netlink_open_monitor(void)
{
	int size = MONITOR_BUFFER;
	int fd = open_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, SOCK_NONBLOCK);

	if (fd < 0)
		return fd;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

static int take_link_attr(const struct nlattr *attr, void *ctx)
{
	struct netlink_link *link = ctx;
	uint16_t type = mnl_attr_get_type(attr), len = mnl_attr_get_payload_len(attr);

	if (type == IFLA_IFNAME && len <= sizeof(link->name))
		memcpy(link->name, mnl_attr_get_payload(attr), len);
	if (type == IFLA_ADDRESS && len == MAC_LEN) {
		memcpy(link->mac, mnl_attr_get_payload(attr), MAC_LEN);
		link->has_mac = true;
	}
	return MNL_CB_OK;
}

/* A message of family AF_BRIDGE is about a bridge's port, not about the interface. */
static void tell_link(const struct nlmsghdr *nlh, const struct netlink_sink *sink)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct netlink_link link = {
		.ifindex = ifi->ifi_index,
		.flags = ifi->ifi_flags,
		.type = ifi->ifi_type,
		.gone = nlh->nlmsg_type == RTM_DELLINK,
	};

	if (ifi->ifi_family != AF_UNSPEC)
		return;
	mnl_attr_parse(nlh, sizeof(*ifi), take_link_attr, &link);
	link.name[sizeof(link.name) - 1] = '\0';
	sink->link(sink->ctx, &link);
}

/* IFA_LOCAL is ours; IFA_ADDRESS is too, but on a point-to-point interface the other end's. The
 * kernel sends them in either order. */
static int take_addr_attr(const struct nlattr *attr, void *ctx)
{
	struct netlink_addr *a = ctx;
	uint16_t type = mnl_attr_get_type(attr), len = mnl_attr_get_payload_len(attr);
	uint8_t family = len == 4 ? ADDR_V4 : ADDR_V6;

	if (len == addr_len(family) &&
	    (type == IFA_LOCAL || (type == IFA_ADDRESS && a->addr.family == ADDR_NONE)))
		a->addr = addr_from_bytes(family, mnl_attr_get_payload(attr));
	if (type == IFA_FLAGS && len == sizeof(a->flags))
		a->flags = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static void tell_addr(const struct nlmsghdr *nlh, const struct netlink_sink *sink)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct netlink_addr a = {
		.ifindex = (int)ifa->ifa_index,
		.flags = ifa->ifa_flags,
		.prefix = ifa->ifa_prefixlen,
		.scope = ifa->ifa_scope,
		.gone = nlh->nlmsg_type == RTM_DELADDR,
	};

	if (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6)
		return;
	mnl_attr_parse(nlh, sizeof(*ifa), take_addr_attr, &a);
	if (a.addr.family != ADDR_NONE)
		sink->addr(sink->ctx, &a);
}

static void tell(const struct nlmsghdr *nlh, const struct netlink_sink *sink)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	struct route_report route;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (len >= sizeof(struct ifinfomsg))
			tell_link(nlh, sink);
		return;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (len >= sizeof(struct ifaddrmsg))
			tell_addr(nlh, sink);
		return;
	default:
		if (sink->route != NULL && route_parse(nlh, &route))
			sink->route(sink->ctx, &route);
	}
}

/* Receives one datagram of the kernel and of nobody else. 0 bytes: nothing there. */
static ssize_t receive(int fd, char *buf, size_t size)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { buf, size };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1
	};
	ssize_t n;

	do {
		n = recvmsg(fd, &msg, 0);
	} while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	if (n < 0)
		return errno == EAGAIN ? 0 : err_from_errno(errno);
	return msg.msg_flags & MSG_TRUNC ? E_NOBUFS : n;
}

int netlink_read_monitor(int fd, const struct netlink_sink *sink)
{
	char buf[REPLY_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n = 1;

	for (int i = 0; i < READ_MOST; i++) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
		int left;

		n = receive(fd, buf, sizeof(buf));
		if (n <= 0)
			break;
		left = (int)n;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			tell(nlh, sink);
	}
	return n < 0 ? (int)n : n > 0;
}

/* ---- everything as it is ---------------------------------------------------------------- */

/* Takes one datagram of a dump. 1: more to come, 0: the end, or E_*; |*intr| is set when the
 * kernel's tables changed under it. */
static int take_dump(const char *buf, size_t len, const struct netlink_sink *sink, bool *intr)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	int left = (int)len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

		*intr |= (nlh->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 0;
		if (nlh->nlmsg_type == NLMSG_ERROR)
			return mnl_nlmsg_get_payload_len(nlh) < sizeof(e->error)
				       ? E_IO
				       : err_from_errno(-e->error);
		tell(nlh, sink);
	}
	return 1;
}

/* Sends the request that stands in |buf| and tells |sink| the answer. */
static int dump(int fd, char buf[REPLY_MAX], const struct netlink_sink *sink, bool *intr)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	ssize_t n;
	int more;

	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (send(fd, buf, nlh->nlmsg_len, 0) < 0)
		return err_from_errno(errno);
	do {
		n = receive(fd, buf, REPLY_MAX);
		if (n <= 0)
			return n < 0 ? (int)n : E_TIMEOUT;
		more = take_dump(buf, (size_t)n, sink, intr);
	} while (more > 0);
	return more;
}

static int dump_one(int fd, uint16_t type, const struct netlink_sink *sink, bool *intr)
{
	char buf[REPLY_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	if (type == RTM_GETLINK)
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	else
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
	return dump(fd, buf, sink, intr);
}

/* Without strict checking the kernel would tell all routes there are, and there may be a million.
 */
static int dump_routes(int fd, const struct netlink_sink *sink, bool *intr)
{
	static const uint8_t families[] = { ADDR_V4, ADDR_V6 };
	char buf[REPLY_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	int one = 1, err = 0;

	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	for (int i = 0; err == 0 && i < 4; i++) {
		route_put_dump(mnl_nlmsg_put_header(buf), i >= 2, families[i % 2],
			       sink->route_proto);
		err = dump(fd, buf, sink, intr);
	}
	return err;
}

int netlink_dump(const struct netlink_sink *sink)
{
	struct timeval limit = { .tv_sec = DUMP_TIMEOUT_S };
	int fd = open_socket(0, 0), err = E_AGAIN;
	bool intr = true;

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	for (int tries = 0; intr && tries < DUMP_TRIES; tries++) {
		intr = false;
		err = dump_one(fd, RTM_GETLINK, sink, &intr);
		if (err == 0)
			err = dump_one(fd, RTM_GETADDR, sink, &intr);
		if (err == 0 && sink->route != NULL)
			err = dump_routes(fd, sink, &intr);
		if (err < 0)
			break;
	}
	close(fd);
	return err == 0 && intr ? E_AGAIN : err;
}
