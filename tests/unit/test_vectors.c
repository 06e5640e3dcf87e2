/* Every golden datagram through the door of a running node: verdict, counter and effect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "wire/drop.h"
#include "wire/ip.h"

struct vector {
	const char *id, *profile, *verdict, *noticed, *effect;
	usec_t timer_us;
	const char *after, *hex;
};

static const struct vector vectors[] = {
#define VECTOR(...) { __VA_ARGS__ },
#include "vrrp_vectors.def"
#undef VECTOR
};

enum { VECTORS = sizeof(vectors) / sizeof(vectors[0]) };

static struct vip_conf many4[VRRP_VIPS_MAX], many6[VRRP_VIPS_MAX];

static const struct vip_conf two4[] = {
	{ .addr = { ADDR_V4, { 192, 0, 2, 100 } }, .prefix = 24 },
	{ .addr = { ADDR_V4, { 198, 51, 100, 7 } }, .prefix = 24 },
};

static const struct vip_conf six71[] = {
	{ .addr = { ADDR_V6, { 0xfe, 0x80, [15] = 0x71 } }, .prefix = 64 },
	{ .addr = { ADDR_V6, { 0x20, 0x01, 0x0d, 0xb8, [14] = 1, 0 } }, .prefix = 64 },
};

static const struct vip_conf six72[] = {
	{ .addr = { ADDR_V6, { 0xfe, 0x80, [15] = 0x72 } }, .prefix = 64 },
	{ .addr = { ADDR_V6, { 0x20, 0x01, 0x0d, 0xb8, [14] = 1, 0 } }, .prefix = 64 },
};

static const struct peer_conf peer4 = { { ADDR_V4, { 192, 0, 2, 1 } }, 255, 255 };
static const struct peer_conf peer4_ttl = { { ADDR_V4, { 192, 0, 2, 1 } }, 60, 64 };
static const struct peer_conf peer6 = {
	{ ADDR_V6, { 0xfe, 0x80, [11] = 0xff, 0xfe, 0x00, 0x0a, 0x01 } }, 64, 255
};

/* How a receiver differs from rig_instance(). Zero: it does not. */
struct profile {
	const char *name;
	const struct vip_conf *vips;
	uint16_t vip_count; /* with |vips| */
	uint8_t version, family, vrid, priority;
	bool master, nopreempt, no_vip, strict, ah;
	uint8_t sum;
	usec_t advert_us;
	const char *key;
	const struct peer_conf *peer;
};

static const struct profile profiles[] = {
	{ .name = "v2-none" },
	{ .name = "v2-none-3", .vips = rig_vips, .vip_count = 3, .advert_us = 2000000 },
	{ .name = "v2-none-255", .vips = many4, .vip_count = 255 },
	{ .name = "v2-none-0", .no_vip = true },
	{ .name = "v2-nopreempt", .priority = 200, .nopreempt = true },
	{ .name = "v2-master", .master = true },
	{ .name = "v2-owner", .priority = 255, .master = true },
	{ .name = "v2-pass", .vrid = 52, .key = "s3cret\0" },
	{ .name = "v2-pass8", .vrid = 52, .key = "12345678" },
	{ .name = "v2-ah", .vrid = 53, .key = "ahkey123", .ah = true },
	{ .name = "v2-ah-uni", .vrid = 54, .key = "ahkey\0\0", .ah = true, .peer = &peer4 },
	{ .name = "v3-4", .version = 3, .vrid = 61 },
	{ .name = "v3-4-9568", .version = 3, .vrid = 61, .sum = VRRP_SUM_PLAIN, .strict = true },
	{ .name = "v3-4-5798", .version = 3, .vrid = 61, .sum = VRRP_SUM_PSEUDO, .strict = true },
	{ .name = "v3-4-cs",
	  .version = 3,
	  .vrid = 61,
	  .vips = two4,
	  .vip_count = 2,
	  .advert_us = 250000 },
	{ .name = "v3-4-255", .version = 3, .vrid = 61, .vips = many4, .vip_count = 255 },
	{ .name = "v3-4-master", .version = 3, .vrid = 61, .master = true },
	{ .name = "v3-4-owner", .version = 3, .vrid = 63, .priority = 255, .master = true },
	{ .name = "v3-4-uni", .version = 3, .vrid = 62, .peer = &peer4 },
	{ .name = "v3-4-uni-ttl", .version = 3, .vrid = 62, .peer = &peer4_ttl },
	{ .name = "v3-6",
	  .version = 3,
	  .family = ADDR_V6,
	  .vrid = 71,
	  .vips = six71,
	  .vip_count = 2 },
	{ .name = "v3-6-255",
	  .version = 3,
	  .family = ADDR_V6,
	  .vrid = 71,
	  .vips = many6,
	  .vip_count = 255 },
	{ .name = "v3-6-master",
	  .version = 3,
	  .family = ADDR_V6,
	  .vrid = 71,
	  .vips = six71,
	  .vip_count = 2,
	  .master = true },
	{ .name = "v3-6-uni",
	  .version = 3,
	  .family = ADDR_V6,
	  .vrid = 72,
	  .vips = six72,
	  .vip_count = 2,
	  .peer = &peer6 },
};

static const struct profile *find_profile(const char *name)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	fail_msg("no profile %s", name);
	return NULL;
}

/* The receiver a datagram is meant for. */
static struct instance_conf instance_of(const struct profile *p)
{
	struct instance_conf c = rig_instance();

	c.version = p->version ? p->version : 2;
	c.family = p->family ? p->family : ADDR_V4;
	c.group = c.family == ADDR_V6 ? vrrp_group6 : vrrp_group4;
	c.vrid = p->vrid ? p->vrid : 51;
	c.priority = p->priority ? p->priority : 100;
	c.preempt = !p->nopreempt;
	c.sum = p->sum;
	c.sum_strict = p->strict;
	c.answer_lower = c.version == 3; /* RFC 3768: a MASTER discards a lower priority */
	c.garp.lower_prio_repeat = 0;
	if (p->advert_us > 0)
		c.advert_us = p->advert_us;
	if (p->vips != NULL) {
		c.vips = p->vips;
		c.vip_count = c.advertised_count = p->vip_count;
	}
	if (p->no_vip)
		c.vip_count = c.advertised_count = 0;
	if (p->key != NULL) {
		c.auth_type = p->ah ? VRRP_AUTH_AH : VRRP_AUTH_PASS;
		memcpy(c.auth_key, p->key, 8);
	}
	if (p->peer != NULL) {
		c.peers = p->peer;
		c.peer_count = 1;
		c.unicast_ttl = 255;
	}
	return c;
}

static size_t unhex(const char *hex, uint8_t *p)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) * 16 +
				 (strchr(digits, hex[2 * i + 1]) - digits));
	return n;
}

static const struct vector *find_vector(const char *id)
{
	for (int i = 0; i < VECTORS; i++)
		if (strcmp(vectors[i].id, id) == 0)
			return &vectors[i];
	fail_msg("no vector %s", id);
	return NULL;
}

static enum drop find_drop(const char *name)
{
	for (int d = 0; d < DROP_COUNT; d++)
		if (strcmp(drop_name((enum drop)d), name) == 0)
			return (enum drop)d;
	fail_msg("no reason %s", name);
	return DROP_NONE;
}

static uint64_t counter(struct rig *r, const struct vector *v)
{
	enum drop drop = find_drop(v->verdict);

	if (drop == DROP_NONE)
		return rig_first(r)->stats.received;
	return rig_first(r)->stats.dropped[drop] + r->node.dropped[drop];
}

static void hear(struct rig *r, const struct vector *v)
{
	uint8_t p[8192];
	size_t len = unhex(v->hex, p);

	rig_step(r, &(struct event){ .kind = EV_PACKET, .packet = { .datagram = { p, len } } });
}

static void assert_timer(struct rig *r, const struct vector *v)
{
	assert_int_equal(rig_first(r)->timers[TIMER_DOWN] - r->now, v->timer_us);
}

static void assert_effect(struct rig *r, const struct vector *v, usec_t before)
{
	struct instance *i = rig_first(r);

	if (strncmp(v->effect, "down-timer=", 11) == 0) {
		assert_timer(r, v);
		assert_int_equal(i->down_is_skew, v->effect[11] == 's');
	} else if (strcmp(v->effect, "to-backup") == 0) {
		assert_int_equal(i->state, VRRP_BACKUP);
		assert_timer(r, v);
		assert_int_equal(rig_count(r, "vip- 0+"), 1);
	} else if (strcmp(v->effect, "send-advert") == 0) {
		assert_int_equal(rig_count(r, "adv 100"), 1);
		assert_int_equal(i->timers[TIMER_ADVERT], r->now + i->conf->advert_us);
	} else if (strcmp(v->effect, "assert") == 0) {
		assert_int_equal(rig_count(r, "adv "), 1);
		assert_int_equal(i->state, VRRP_MASTER);
		assert_int_equal(i->due.when, before);
	} else {
		assert_true(strcmp(v->effect, "lower-ignored") == 0 || strcmp(v->effect, "-") == 0);
		assert_int_equal(i->due.when, before);
		assert_int_equal(rig_count(r, "adv "), 0);
		assert_int_equal(rig_count(r, "\"st\""), 0);
	}
}

static void assert_noticed(struct rig *r, const struct vector *v)
{
	for (int d = 1; d < DROP_COUNT; d++) {
		const char *name = d == DROP_OWNER ? "owner-conflict" : drop_name((enum drop)d);

		assert_int_equal(rig_first(r)->stats.noticed[d], strcmp(v->noticed, name) == 0);
	}
}

static void run(const struct vector *v)
{
	const struct profile *p = find_profile(v->profile);
	static struct rig r;
	uint64_t counted;
	usec_t before;

	rig_start(&r, instance_of(p));
	rig_run(&r, p->master ? 10500000 : 500000);
	assert_int_equal(rig_first(&r)->state, p->master ? VRRP_MASTER : VRRP_BACKUP);
	if (v->after[0] != '\0')
		hear(&r, find_vector(v->after));
	memset(rig_first(&r)->stats.noticed, 0, sizeof(rig_first(&r)->stats.noticed));
	rig_clear(&r);
	counted = counter(&r, v);
	before = rig_first(&r)->due.when;
	hear(&r, v);
	assert_int_equal(counter(&r, v), counted + 1);
	assert_effect(&r, v, before);
	if (strcmp(v->after, "") == 0)
		assert_noticed(&r, v);
	rig_done(&r);
}

static void one_vector(void **state)
{
	run(*state);
}

int main(void)
{
	struct CMUnitTest tests[VECTORS];

	for (uint32_t i = 0; i < VRRP_VIPS_MAX; i++) {
		many4[i] = (struct vip_conf){ .addr = addr_v4(0xc6120001u + i), .prefix = 24 };
		many6[i] = (struct vip_conf){
			.addr = { ADDR_V6, { 0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = (uint8_t)i } },
			.prefix = 64
		};
	}
	many6[0] = six71[0];
	for (int i = 0; i < VECTORS; i++)
		tests[i] = (struct CMUnitTest){ .name = vectors[i].id,
						.test_func = one_vector,
						.initial_state = (void *)&vectors[i] };
	return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
