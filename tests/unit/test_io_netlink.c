/* io/netlink.h against the kernel, in a network namespace of the test's own. */
#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "io/netlink.h"

enum { LO = 1, MANY = 255 };

struct heard {
	uint32_t links, added, removed;
	struct netlink_addr last;
	struct netlink_link lo;
};

static void hear_link(void *ctx, const struct netlink_link *l)
{
	struct heard *h = ctx;

	h->links++;
	if (l->ifindex == LO)
		h->lo = *l;
}

static void hear_addr(void *ctx, const struct netlink_addr *a)
{
	struct heard *h = ctx;

	if (a->addr.family != ADDR_V4)
		return;
	h->last = *a;
	if (a->gone)
		h->removed++;
	else
		h->added++;
}

static const struct netlink_sink *sink_to(struct heard *h)
{
	static struct netlink_sink sink;

	sink = (struct netlink_sink){ h, hear_link, hear_addr };
	return &sink;
}

static struct netlink_change vip(uint32_t v4)
{
	return (struct netlink_change){ .addr = addr_v4(v4), .ifindex = LO, .prefix = 32 };
}

static void lo_up(int up)
{
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = (short)(up ? IFF_UP : 0) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &req), 0);
	close(fd);
}

static void a_batch_is_added_and_removed_whole(void **unused)
{
	struct netlink_change list[MANY];
	struct heard h = { 0 };
	int fd = netlink_open();

	(void)unused;
	assert_true(fd >= 0);
	for (uint32_t i = 0; i < MANY; i++)
		list[i] = vip(0x0a000101 + i);
	assert_int_equal(netlink_change(fd, true, list, MANY), 0);
	assert_int_equal(netlink_dump(sink_to(&h)), 0);
	assert_int_equal(h.added, MANY);
	assert_string_equal(h.lo.name, "lo");
	assert_int_equal(netlink_change(fd, false, list, MANY), 0);
	h = (struct heard){ 0 };
	assert_int_equal(netlink_dump(sink_to(&h)), 0);
	assert_int_equal(h.added, 0);
	close(fd);
}

static void what_is_so_already_is_no_failure(void **unused)
{
	struct netlink_change c = vip(0x0a000201);
	int fd = netlink_open();

	(void)unused;
	assert_int_equal(netlink_change(fd, true, &c, 1), 0);
	assert_int_equal(netlink_change(fd, true, &c, 1), 0);
	assert_int_equal(netlink_change(fd, false, &c, 1), 0);
	assert_int_equal(netlink_change(fd, false, &c, 1), 0);
	c.ifindex = 9999;
	assert_int_equal(netlink_change(fd, false, &c, 1), 0);
	close(fd);
}

static void each_failure_is_told_of_its_own_address(void **unused)
{
	struct netlink_change list[] = { vip(0x0a000301), vip(0x0a000302), vip(0x0a000303) };
	int fd = netlink_open();

	(void)unused;
	list[1].ifindex = 9999;
	list[2].prefix = 33;
	assert_int_equal(netlink_change(fd, true, list, 3), 2);
	assert_int_equal(list[0].err, 0);
	assert_int_equal(list[1].err, E_NODEV);
	assert_int_equal(list[2].err, E_INVAL);
	assert_int_equal(netlink_change(fd, false, list, 1), 0);
	close(fd);
}

static void the_monitor_tells_addresses_and_carrier(void **unused)
{
	struct netlink_change c = vip(0x0a000401);
	struct heard h = { 0 };
	int fd = netlink_open(), monitor = netlink_open_monitor();

	(void)unused;
	assert_true(monitor >= 0);
	c.prefix = 24;
	c.label = "lo:vip";
	assert_int_equal(netlink_change(fd, true, &c, 1), 0);
	assert_int_equal(netlink_read_monitor(monitor, sink_to(&h)), 0);
	assert_int_equal(h.added, 1);
	assert_true(addr_equal(&h.last.addr, &c.addr));
	assert_int_equal(h.last.prefix, 24);
	assert_false(h.last.flags & IFA_F_SECONDARY);
	lo_up(1);
	assert_int_equal(netlink_read_monitor(monitor, sink_to(&h)), 0);
	assert_true(h.lo.flags & IFF_UP);
	assert_true(h.lo.flags & IFF_RUNNING);
	lo_up(0);
	assert_int_equal(netlink_change(fd, false, &c, 1), 0);
	assert_int_equal(netlink_read_monitor(monitor, sink_to(&h)), 0);
	assert_false(h.lo.flags & IFF_UP);
	assert_int_equal(h.removed >= 1, 1);
	close(fd);
	close(monitor);
}

/* When more happens than the socket holds, the loss is told: nobody works on from half a picture.
 */
static void a_lost_report_is_told(void **unused)
{
	struct netlink_change c = vip(0x0a000501);
	struct heard h = { 0 };
	int fd = netlink_open(), monitor = netlink_open_monitor(), tiny = 1, err = 0;

	(void)unused;
	assert_int_equal(setsockopt(monitor, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)), 0);
	for (int i = 0; i < 100; i++) {
		netlink_change(fd, true, &c, 1);
		netlink_change(fd, false, &c, 1);
	}
	for (int i = 0; i < 3 && err == 0; i++)
		err = netlink_read_monitor(monitor, sink_to(&h));
	assert_int_equal(err, E_NOBUFS);
	close(fd);
	close(monitor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_is_added_and_removed_whole),
		cmocka_unit_test(what_is_so_already_is_no_failure),
		cmocka_unit_test(each_failure_is_told_of_its_own_address),
		cmocka_unit_test(the_monitor_tells_addresses_and_carrier),
		cmocka_unit_test(a_lost_report_is_told),
	};

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		printf("1..0 # SKIP no network namespace to be had: %s\n", strerror(errno));
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
