/* engine/effects.h against the kernel, in a network namespace of the test's own: what is refused
 * comes back, what is told is told later. The interface is lo, which takes addresses and no ARP. */
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "engine/effects.h"
#include "heap_arena.h"

enum { LO = 1, NOWHERE = 9999, VIPS = 200 };

static const char *const names[] = { "lo", "gone" };

struct scene {
	struct effects effects;
	struct arena arena;
	struct vip_conf vips[VIPS];
	struct instance_conf instance;
	struct node_conf conf;
	struct links links;
	struct sockets sockets;
	struct stage stage;
	uint32_t present;
};

static void tell_lo(struct links *links, uint16_t type, int ifindex)
{
	struct netlink_link lo = { .name = "lo",
				   .ifindex = ifindex,
				   .flags = IFF_UP | IFF_RUNNING,
				   .type = type,
				   .has_mac = true };

	links_begin(links);
	links_hear_link(links, &lo);
	links_end(links);
}

static int set_up(void **state)
{
	static const struct sockets_owner nobody;
	struct scene *s = calloc(1, sizeof(*s));

	s->arena = heap_arena(NULL);
	for (uint32_t i = 0; i < VIPS; i++)
		s->vips[i] = (struct vip_conf){ .addr = addr_v4(0x0a000100 + i), .prefix = 32 };
	s->instance = (struct instance_conf){ .name = "VI", .vips = s->vips, .vip_count = VIPS };
	s->conf = (struct node_conf){
		.links = names, .link_count = 2, .instances = &s->instance, .instance_count = 1
	};
	assert_int_equal(links_init(&s->links, &s->conf, &s->arena), 0);
	assert_int_equal(sockets_init(&s->sockets, &s->conf, NULL, &nobody, &s->arena), 0);
	assert_int_equal(effects_open(&s->effects), 0);
	s->stage = (struct stage){ &s->conf, &s->links, &s->sockets };
	tell_lo(&s->links, ARPHRD_LOOPBACK, LO);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	effects_close(&s->effects);
	sockets_done(&s->sockets);
	links_done(&s->links);
	arena_done(&s->arena);
	free(s);
	return 0;
}

static void apply(struct scene *s, struct action a)
{
	struct actions out = { .count = 1 };

	out.list[0] = a;
	effects_apply(&s->effects, &s->stage, &out);
}

static void apply_addrs(struct scene *s, enum action_kind kind)
{
	apply(s,
	      (struct action){ .id = 77, .kind = kind, .addrs = { .count = VIPS, .repeat = 2 } });
}

static void hear_link(void *ctx, const struct netlink_link *link)
{
	(void)ctx, (void)link;
}

static void hear_addr(void *ctx, const struct netlink_addr *a)
{
	struct scene *s = ctx;

	s->present += a->addr.family == ADDR_V4 && a->addr.b[0] == 10;
}

static uint32_t count_present(struct scene *s)
{
	const struct netlink_sink sink = { s, hear_link, hear_addr };

	s->present = 0;
	assert_int_equal(netlink_dump(&sink), 0);
	return s->present;
}

static void addresses_come_and_go(void **state)
{
	struct scene *s = *state;
	struct event ev;

	apply_addrs(s, ACT_ADDR_ADD);
	assert_int_equal(count_present(s), VIPS);
	apply_addrs(s, ACT_ADDR_DEL);
	assert_int_equal(count_present(s), 0);
	apply_addrs(s, ACT_ADDR_DEL);
	assert_false(effects_take_result(&s->effects, &ev));
}

static void each_refused_address_comes_back(void **state)
{
	struct scene *s = *state;
	struct event ev;

	s->vips[3].prefix = 77;
	s->vips[150].prefix = 77;
	apply_addrs(s, ACT_ADDR_ADD);
	assert_int_equal(count_present(s), VIPS - 2);
	assert_true(effects_take_result(&s->effects, &ev));
	assert_int_equal(ev.kind, EV_RESULT);
	assert_int_equal(ev.result.action, 77);
	assert_int_equal(ev.result.kind, ACT_ADDR_ADD);
	assert_int_equal(ev.result.item, 3);
	assert_int_equal(ev.result.err, E_INVAL);
	assert_true(effects_take_result(&s->effects, &ev));
	assert_int_equal(ev.result.item, 150);
	assert_false(effects_take_result(&s->effects, &ev));
	s->vips[3].prefix = s->vips[150].prefix = 32;
	apply_addrs(s, ACT_ADDR_DEL);
}

static void without_the_interface_adding_fails_and_removing_does_not(void **state)
{
	struct scene *s = *state;
	struct event ev;

	for (uint32_t i = 0; i < VIPS; i++)
		s->vips[i].link = 1;
	apply_addrs(s, ACT_ADDR_DEL);
	assert_false(effects_take_result(&s->effects, &ev));
	apply_addrs(s, ACT_ADDR_ADD);
	for (uint32_t i = 0; i < VIPS; i++) {
		assert_true(effects_take_result(&s->effects, &ev));
		assert_int_equal(ev.result.item, i);
		assert_int_equal(ev.result.err, E_NODEV);
	}
	assert_false(effects_take_result(&s->effects, &ev));
}

static void an_advert_without_a_socket_comes_back(void **state)
{
	static const uint8_t datagram[20];
	struct scene *s = *state;
	struct event ev;

	apply(s, (struct action){ .id = 5,
				  .kind = ACT_SEND,
				  .send = { .datagram = { datagram, 20 }, .count = 1 } });
	assert_true(effects_take_result(&s->effects, &ev));
	assert_int_equal(ev.result.kind, ACT_SEND);
	assert_int_equal(ev.result.err, E_NODEV);
}

static void a_failed_announcement_is_told_once_not_at_each_repetition(void **state)
{
	struct scene *s = *state;
	struct event ev;
	uint32_t told = 0;

	apply_addrs(s, ACT_ANNOUNCE); /* a loopback has no ARP: nothing to do, nothing failed */
	assert_false(effects_take_result(&s->effects, &ev));
	tell_lo(&s->links, ARPHRD_ETHER, NOWHERE);
	apply_addrs(s, ACT_ANNOUNCE);
	while (effects_take_result(&s->effects, &ev)) {
		assert_int_equal(ev.result.kind, ACT_ANNOUNCE);
		assert_int_equal(ev.result.item, told++);
		assert_int_equal(ev.result.err, E_NODEV);
	}
	assert_int_equal(told, VIPS);
}

static void what_is_for_people_waits(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 3; i++)
		apply(s, (struct action){ .kind = ACT_LOG, .log = { .id = MSG_STOPPED } });
	assert_int_equal(s->effects.later_count, 3);
	assert_false(effects_crowded(&s->effects));
	while (s->effects.later_count < EFFECTS_LATER - ACTIONS_MAX + 1)
		apply(s, (struct action){ .kind = ACT_STATE });
	assert_true(effects_crowded(&s->effects));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(addresses_come_and_go),
		CASE(each_refused_address_comes_back),
		CASE(without_the_interface_adding_fails_and_removing_does_not),
		CASE(an_advert_without_a_socket_comes_back),
		CASE(a_failed_announcement_is_told_once_not_at_each_repetition),
		CASE(what_is_for_people_waits),
	};

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		printf("1..0 # SKIP no network namespace to be had: %s\n", strerror(errno));
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
