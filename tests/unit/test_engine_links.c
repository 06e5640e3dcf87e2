/* engine/links.h: which address adverts leave from, and what is up. */
#include <linux/if_addr.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/links.h"
#include "heap_arena.h"

enum { ETH0 = 7, ETH1 = 8, UP = IFF_UP | IFF_RUNNING };
enum { OWN = 0x0a00010b, OTHER = 0x0a00010c, VIP = 0x0a000164 };

static const char *const names[] = { "eth0", "eth1" };

struct scene {
	struct arena arena;
	struct vip_conf vip;
	struct instance_conf instance;
	struct node_conf conf;
	struct links links;
};

static void tell_link(struct scene *s, const char *name, int ifindex, uint32_t flags, bool gone)
{
	struct netlink_link l = { .ifindex = ifindex,
				  .flags = flags,
				  .type = ARPHRD_ETHER,
				  .has_mac = true,
				  .gone = gone };

	strcpy(l.name, name);
	links_hear_link(&s->links, &l);
}

static void tell_addr(struct scene *s, int ifindex, uint32_t v4, uint32_t flags, bool gone)
{
	struct netlink_addr a = {
		.addr = addr_v4(v4), .ifindex = ifindex, .flags = flags, .prefix = 24, .gone = gone
	};

	links_hear_addr(&s->links, &a);
}

static int set_up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	s->arena = heap_arena(NULL);
	s->vip = (struct vip_conf){ .addr = addr_v4(VIP), .prefix = 24 };
	s->instance = (struct instance_conf){ .name = "VI", .vips = &s->vip, .vip_count = 1 };
	s->conf = (struct node_conf){
		.links = names, .link_count = 2, .instances = &s->instance, .instance_count = 1
	};
	assert_int_equal(links_init(&s->links, &s->conf, &s->arena), 0);
	links_begin(&s->links);
	tell_link(s, "eth0", ETH0, UP, false);
	tell_link(s, "unrelated", 99, UP, false);
	tell_addr(s, ETH0, OWN, 0, false);
	links_end(&s->links);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	links_done(&s->links);
	arena_done(&s->arena);
	free(s);
	return 0;
}

static bool source_is(const struct scene *s, uint32_t v4)
{
	struct addr a = addr_v4(v4);

	return addr_equal(&s->links.list[0].source, &a);
}

static void forget_changes(struct scene *s)
{
	uint16_t i;

	while (links_take_changed(&s->links, &i))
		;
}

static void an_interface_is_up_with_carrier_only(void **state)
{
	struct scene *s = *state;
	uint16_t i;

	assert_true(link_is_up(&s->links.list[0]));
	assert_false(link_is_up(&s->links.list[1]));
	forget_changes(s);
	tell_link(s, "eth0", ETH0, IFF_UP, false);
	assert_true(links_take_changed(&s->links, &i));
	assert_int_equal(i, 0);
	assert_false(link_is_up(&s->links.list[0]));
	assert_false(links_take_changed(&s->links, &i));
}

static void the_source_is_the_first_address_that_is_not_virtual(void **state)
{
	struct scene *s = *state;

	assert_true(source_is(s, OWN));
	tell_addr(s, ETH0, OWN, 0, true);
	assert_int_equal(s->links.list[0].source.family, ADDR_NONE);
	tell_addr(s, ETH0, VIP, 0, false);
	assert_int_equal(s->links.list[0].source.family, ADDR_NONE);
	tell_addr(s, ETH0, OTHER, IFA_F_SECONDARY, false);
	assert_int_equal(s->links.list[0].source.family, ADDR_NONE);
	tell_addr(s, ETH0, OTHER, 0, false); /* promoted */
	assert_true(source_is(s, OTHER));
}

static void the_source_stays_while_it_can(void **state)
{
	struct scene *s = *state;
	uint16_t i;

	forget_changes(s);
	links_begin(&s->links);
	tell_link(s, "eth0", ETH0, UP, false);
	tell_addr(s, ETH0, OTHER, 0, false); /* the kernel names it first now */
	tell_addr(s, ETH0, OWN, 0, false);
	links_end(&s->links);
	assert_true(source_is(s, OWN));
	assert_false(links_take_changed(&s->links, &i));
	tell_addr(s, ETH0, OWN, 0, true);
	assert_true(source_is(s, OTHER));
	assert_true(links_take_changed(&s->links, &i));
}

static void an_address_that_was_not_told_again_is_gone(void **state)
{
	struct scene *s = *state;

	tell_addr(s, ETH0, VIP, 0, false);
	assert_true(links_vip_present(&s->links, 0, &s->vip.addr));
	links_begin(&s->links);
	tell_link(s, "eth0", ETH0, UP, false);
	links_end(&s->links);
	assert_int_equal(s->links.list[0].source.family, ADDR_NONE);
	assert_false(links_vip_present(&s->links, 0, &s->vip.addr));
}

static void an_interface_is_known_by_its_name(void **state)
{
	struct scene *s = *state;

	tell_link(s, "eth0", ETH0, UP, true);
	assert_int_equal(s->links.list[0].ifindex, 0);
	assert_int_equal(s->links.list[0].source.family, ADDR_NONE);
	assert_false(s->links.incomplete);
	tell_link(s, "eth0", 21, UP, false);
	assert_int_equal(s->links.list[0].ifindex, 21);
	assert_true(s->links.incomplete); /* its addresses have to be read */
	tell_addr(s, ETH0, OWN, 0, false);
	assert_int_equal(s->links.list[0].source.family, ADDR_NONE);
}

static void a_renamed_interface_is_another_one(void **state)
{
	struct scene *s = *state;

	tell_link(s, "eth1", ETH0, UP, false);
	assert_int_equal(s->links.list[0].ifindex, 0);
	assert_int_equal(s->links.list[1].ifindex, ETH0);
	assert_true(s->links.incomplete);
	tell_link(s, "eth2", ETH0, UP, false);
	assert_int_equal(s->links.list[1].ifindex, 0);
}

static void a_virtual_address_somebody_removed_is_told_once(void **state)
{
	struct scene *s = *state;
	uint32_t instance = 99;
	uint16_t item = 99;

	tell_addr(s, ETH0, VIP, 0, true);
	assert_false(links_take_lost(&s->links, &instance, &item)); /* it was not there */
	tell_addr(s, ETH0, VIP, 0, false);
	tell_addr(s, ETH0, VIP, 0, true);
	assert_true(links_take_lost(&s->links, &instance, &item));
	assert_int_equal(instance, 0);
	assert_int_equal(item, 0);
	assert_false(links_take_lost(&s->links, &instance, &item));
}

static void a_virtual_address_that_is_back_is_not_lost(void **state)
{
	struct scene *s = *state;
	uint32_t instance;
	uint16_t item;

	tell_addr(s, ETH0, VIP, 0, false);
	tell_addr(s, ETH0, VIP, 0, true);
	tell_addr(s, ETH0, VIP, 0, false);
	assert_false(links_take_lost(&s->links, &instance, &item));
}

static void a_virtual_address_missing_from_a_fresh_look_is_lost(void **state)
{
	struct scene *s = *state;
	uint32_t instance;
	uint16_t item;

	tell_addr(s, ETH0, VIP, 0, false);
	links_begin(&s->links);
	tell_link(s, "eth0", ETH0, UP, false);
	tell_addr(s, ETH0, OWN, 0, false);
	links_end(&s->links);
	assert_true(links_take_lost(&s->links, &instance, &item));
}

static void another_prefix_length_is_another_address(void **state)
{
	struct scene *s = *state;
	struct netlink_addr host = { .addr = addr_v4(VIP), .ifindex = ETH0, .prefix = 32 };
	uint32_t instance;
	uint16_t item;

	links_hear_addr(&s->links, &host);
	assert_false(links_vip_present(&s->links, 0, &s->vip.addr));
	tell_addr(s, ETH0, VIP, 0, false);
	host.gone = true;
	links_hear_addr(&s->links, &host);
	assert_false(links_take_lost(&s->links, &instance, &item));
	assert_true(links_vip_present(&s->links, 0, &s->vip.addr));
}

static void without_memory_there_is_no_table(void **unused)
{
	struct vip_conf vip = { .addr = addr_v4(VIP) };
	struct instance_conf instance = { .name = "VI", .vips = &vip, .vip_count = 1 };
	struct node_conf conf = {
		.links = names, .link_count = 2, .instances = &instance, .instance_count = 1
	};
	struct heap_budget none = { 0 };
	struct arena arena = heap_arena(&none);
	struct links links;

	(void)unused;
	assert_true(links_init(&links, &conf, &arena) < 0);
	arena_done(&arena);
}

static void tell_addr6(struct scene *s, uint8_t first, uint8_t last, uint32_t flags, bool gone)
{
	struct netlink_addr a = { .addr = { ADDR_V6, { first, 0x80, [15] = last } },
				  .ifindex = ETH0,
				  .flags = flags,
				  .prefix = 64,
				  .gone = gone };

	links_hear_addr(&s->links, &a);
}

static void over_ipv6_the_source_is_a_link_local_address_that_has_passed_its_test(void **state)
{
	struct scene *s = *state;
	const struct addr *source6 = &s->links.list[0].source6;
	uint16_t i;

	forget_changes(s);
	tell_addr6(s, 0x20, 1, 0, false); /* global */
	tell_addr6(s, 0xfe, 2, IFA_F_TENTATIVE, false);
	tell_addr6(s, 0xfe, 3, IFA_F_DADFAILED, false);
	assert_int_equal(source6->family, ADDR_NONE);
	assert_false(links_take_changed(&s->links, &i));
	tell_addr6(s, 0xfe, 2, 0, false);
	assert_int_equal(source6->b[15], 2);
	assert_true(links_take_changed(&s->links, &i));
	tell_addr6(s, 0xfe, 2, 0, true);
	assert_int_equal(source6->family, ADDR_NONE);
	assert_true(source_is(s, OWN));
}

static void over_ipv6_a_virtual_address_is_no_source(void **state)
{
	struct scene *s = *state;

	s->links.vips[0].addr = (struct addr){ ADDR_V6, { 0xfe, 0x80, [15] = 9 } };
	tell_addr6(s, 0xfe, 9, 0, false);
	assert_int_equal(s->links.list[0].source6.family, ADDR_NONE);
	assert_true(links_vip_present(&s->links, 0, &s->links.vips[0].addr));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(an_interface_is_up_with_carrier_only),
		CASE(the_source_is_the_first_address_that_is_not_virtual),
		CASE(the_source_stays_while_it_can),
		CASE(an_address_that_was_not_told_again_is_gone),
		CASE(an_interface_is_known_by_its_name),
		CASE(a_renamed_interface_is_another_one),
		CASE(a_virtual_address_somebody_removed_is_told_once),
		CASE(a_virtual_address_that_is_back_is_not_lost),
		CASE(a_virtual_address_missing_from_a_fresh_look_is_lost),
		CASE(another_prefix_length_is_another_address),
		cmocka_unit_test(without_memory_there_is_no_table),
		CASE(over_ipv6_the_source_is_a_link_local_address_that_has_passed_its_test),
		CASE(over_ipv6_a_virtual_address_is_no_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
