#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/arp.h"
#include "wire/cksum.h"
#include "wire/drop.h"
#include "wire/ip.h"
#include "wire/nd.h"
#include "wire/vrrp.h"

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
static const struct addr source = { ADDR_V4, { 192, 0, 2, 1 } };
static const struct vrrp_path path = { .src = &source, .dst = &vrrp_group4 };

enum { ROOM = 64 };

static size_t encode(uint8_t *p, uint8_t version, uint8_t priority)
{
	static const uint8_t vips[] = { 192, 0, 2, 100, 192, 0, 2, 101 };
	size_t len = vrrp_length(version, ADDR_V4, 2);

	vrrp_encode(p, &(struct advert){ .version = version,
					 .vrid = 52,
					 .count = 2,
					 .auth_type = version == 2 ? VRRP_AUTH_PASS : 0,
					 .interval_us = 3000000,
					 .vips = { vips, sizeof(vips) },
					 .auth = key });
	vrrp_seal(p, len, priority, VRRP_SUM_PSEUDO, &path);
	return len;
}

static void what_is_encoded_is_decoded_again(void **unused)
{
	(void)unused;
	for (uint8_t version = 2; version <= 3; version++) {
		uint8_t p[ROOM];
		size_t len = encode(p, version, 200);
		struct advert a;

		assert_int_equal(len, version == 2 ? 24 : 16);
		assert_int_equal(vrrp_decode((struct bytes){ p, len }, &path, &a), DROP_NONE);
		assert_int_equal(a.version, version);
		assert_int_equal(a.vrid, 52);
		assert_int_equal(a.priority, 200);
		assert_int_equal(a.interval_us, 3000000);
		assert_int_equal(a.vips.len, 8);
		assert_int_equal(a.sum, version == 2 ? VRRP_SUM_PLAIN : VRRP_SUM_PSEUDO);
		if (version == 2)
			assert_memory_equal(a.auth, key, VRRP2_AUTH);
		else
			assert_null(a.auth);
	}
}

static void every_flipped_bit_is_noticed(void **unused)
{
	(void)unused;
	for (uint8_t version = 2; version <= 3; version++) {
		uint8_t p[ROOM];
		size_t len = encode(p, version, 100);
		struct advert a;

		for (size_t bit = 0; bit < 8 * len; bit++) {
			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (vrrp_version((struct bytes){ p, len }) == version) /* else not ours */
				assert_int_not_equal(
					vrrp_decode((struct bytes){ p, len }, &path, &a),
					DROP_NONE);
			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void no_length_reads_past_the_end(void **unused)
{
	uint8_t p[IP4_HEADER + ROOM];
	size_t len = encode(p + IP4_HEADER, 2, 100);
	struct advert a;
	struct ip ip;

	(void)unused;
	ip_encode(p, &source, &vrrp_group4, IP_PROTO_VRRP, IP_TTL_VRRP, 0, len);
	for (size_t cut = 0; cut < IP4_HEADER + len; cut++)
		assert_int_equal(ip_decode((struct bytes){ p, cut }, &ip), DROP_IP_MALFORMED);
	assert_int_equal(ip_decode((struct bytes){ p, sizeof(p) }, &ip), DROP_NONE);
	assert_int_equal(ip.payload.len, len);
	for (size_t cut = VRRP_HEADER; cut < len; cut++)
		assert_int_equal(vrrp_decode((struct bytes){ p + IP4_HEADER, cut }, &path, &a),
				 DROP_LENGTH);
}

static void extension_headers_end_where_the_packet_ends(void **unused)
{
	const struct addr src = { ADDR_V6, { 0xfe, 0x80, [15] = 1 } };
	uint8_t p[IP6_HEADER + 16] = { 0 };
	struct ip ip;

	(void)unused;
	ip_encode(p, &src, &vrrp_group6, 0, 255, 0, 16); /* hop-by-hop */
	p[IP6_HEADER] = 60;
	p[IP6_HEADER + 8] = IP_PROTO_VRRP;
	assert_int_equal(ip_decode((struct bytes){ p, sizeof(p) }, &ip), DROP_NONE);
	assert_int_equal(ip.proto, IP_PROTO_VRRP);
	assert_int_equal(ip.payload.len, 0);
	p[IP6_HEADER + 9] = 1; /* the second header now claims 16 bytes */
	assert_int_equal(ip_decode((struct bytes){ p, sizeof(p) }, &ip), DROP_IP_MALFORMED);
}

/* FRM-103 and FRM-104 differ in the router flag only; ours is always set. */
static void an_unsolicited_advertisement_has_router_and_override_set(void **unused)
{
	static const uint8_t mac[MAC_LEN] = { 2, 0, 0, 0, 0x0a, 1 };
	const struct addr vip = { ADDR_V6, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
	uint8_t p[ND_FRAME], sum[72] = { 0 };

	(void)unused;
	nd_unsolicited(p, mac, &vip);
	assert_int_equal(p[0], 0x33);
	assert_int_equal(p[14 + 7], 255);
	assert_memory_equal(p + 14 + 8, vip.b, 16);
	assert_int_equal(p[54], 136);
	assert_int_equal(p[58], 0xa0);
	assert_memory_equal(p + 62, vip.b, 16);
	assert_memory_equal(p + 80, mac, MAC_LEN);
	memcpy(sum, p + 22, 32);
	sum[35] = 32;
	sum[39] = 58;
	memcpy(sum + 40, p + 54, 32);
	assert_int_equal(inet_cksum((struct bytes){ sum, sizeof(sum) }), 0);
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
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(no_length_reads_past_the_end),
		cmocka_unit_test(extension_headers_end_where_the_packet_ends),
		cmocka_unit_test(an_unsolicited_advertisement_has_router_and_override_set),
		cmocka_unit_test(every_reason_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
