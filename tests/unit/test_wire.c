#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/arp.h"
#include "wire/cksum.h"
#include "wire/drop.h"
#include "wire/ip4.h"
#include "wire/vrrp2.h"

/* FRM-101, captured: what keepalived without a virtual MAC sends; the first two differ from it in
 * the target hardware address only, as RFC 9568 and RFC 5227 want it. */
static void a_gratuitous_arp_is_the_golden_frame(void **unused)
{
	static const uint8_t mac[MAC_LEN] = { 2, 0, 0, 0, 0x0a, 1 };
	static const uint8_t golden[ARP_FRAME] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,    0,    0,    0,    0x0a, 1, 8,    6,
		0,    1,    8,    0,    6,    4,    0,    1,    2,    0,    0,    0, 0x0a, 1,
		192,  0,    2,    100,  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 192,  0, 2,    100
	};
	static const uint8_t zero[MAC_LEN];
	const struct addr vip = addr_v4(0xc0000264);
	uint8_t p[ARP_FRAME];

	(void)unused;
	arp_gratuitous(p, mac, &vip, ARP_TARGET_BROADCAST);
	assert_memory_equal(p, golden, ARP_FRAME);
	arp_gratuitous(p, mac, &vip, ARP_TARGET_SELF);
	assert_memory_equal(p + 32, mac, MAC_LEN);
	arp_gratuitous(p, mac, &vip, ARP_TARGET_ZERO);
	assert_memory_equal(p + 32, zero, MAC_LEN);
	assert_memory_equal(p, golden, 32);
}

static void the_checksum_is_that_of_rfc_1071(void **unused)
{
	static const uint8_t bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	(void)unused;
	assert_int_equal(inet_cksum((struct bytes){ bytes, 8 }), 0xffff - 0xddf2);
	assert_int_equal(inet_cksum((struct bytes){ bytes, 3 }), 0xffff - (0x0001 + 0xf200));
	assert_int_equal(inet_cksum((struct bytes){ bytes, 0 }), 0xffff);
}

static const uint8_t key[VRRP2_AUTH] = "s3cret";

static size_t encode(uint8_t *p, uint8_t priority)
{
	static const uint8_t vips[] = { 192, 0, 2, 100, 192, 0, 2, 101 };

	return vrrp2_encode(p, &(struct vrrp2_advert){ .vrid = 52,
						       .priority = priority,
						       .count = 2,
						       .auth_type = VRRP_AUTH_PASS,
						       .interval_s = 3,
						       .vips = { vips, sizeof(vips) },
						       .auth = key });
}

static void what_is_encoded_is_decoded_again(void **unused)
{
	uint8_t p[VRRP2_MESSAGE_MAX];
	struct vrrp2_advert a;
	size_t len = encode(p, 200);

	(void)unused;
	assert_int_equal(len, 24);
	assert_int_equal(vrrp2_decode((struct bytes){ p, len }, &a), DROP_NONE);
	assert_int_equal(a.vrid, 52);
	assert_int_equal(a.priority, 200);
	assert_int_equal(a.interval_s, 3);
	assert_int_equal(a.auth_type, VRRP_AUTH_PASS);
	assert_int_equal(a.vips.len, 8);
	assert_memory_equal(a.auth, key, VRRP2_AUTH);
}

static void a_changed_priority_is_as_if_encoded_so(void **unused)
{
	uint8_t p[VRRP2_MESSAGE_MAX], q[VRRP2_MESSAGE_MAX];
	size_t len = encode(p, 100);

	(void)unused;
	encode(q, 0);
	vrrp2_set_priority(p, len, 0);
	assert_memory_equal(p, q, len);
}

static void every_flipped_bit_is_noticed(void **unused)
{
	uint8_t p[VRRP2_MESSAGE_MAX];
	size_t len = encode(p, 100);
	struct vrrp2_advert a;

	(void)unused;
	for (size_t bit = 0; bit < 8 * len; bit++) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(vrrp2_decode((struct bytes){ p, len }, &a), DROP_NONE);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void no_length_reads_past_the_end(void **unused)
{
	uint8_t p[IP4_HEADER + VRRP2_MESSAGE_MAX];
	const struct addr src = addr_v4(0xc0000201), dst = addr_v4(VRRP_GROUP4);
	size_t len = encode(p + IP4_HEADER, 100);
	struct vrrp2_advert a;
	struct ip4 ip;

	(void)unused;
	ip4_encode(p, &src, &dst, len);
	for (size_t cut = 0; cut < IP4_HEADER + len; cut++)
		assert_int_equal(ip4_decode((struct bytes){ p, cut }, &ip), DROP_IP_MALFORMED);
	assert_int_equal(ip4_decode((struct bytes){ p, sizeof(p) }, &ip), DROP_NONE);
	assert_int_equal(ip.payload.len, len);
	for (size_t cut = VRRP_HEADER; cut < len; cut++)
		assert_int_equal(vrrp2_decode((struct bytes){ p + IP4_HEADER, cut }, &a),
				 DROP_LENGTH);
}

static void every_reason_has_a_name_of_its_own(void **unused)
{
	(void)unused;
	for (int a = 0; a < DROP_COUNT; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(drop_name((enum drop)a), drop_name((enum drop)b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gratuitous_arp_is_the_golden_frame),
		cmocka_unit_test(the_checksum_is_that_of_rfc_1071),
		cmocka_unit_test(what_is_encoded_is_decoded_again),
		cmocka_unit_test(a_changed_priority_is_as_if_encoded_so),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(no_length_reads_past_the_end),
		cmocka_unit_test(every_reason_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
