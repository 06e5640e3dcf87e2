/* Every golden VRRPv2 datagram through the door of a running node: verdict, counter and effect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "wire/drop.h"

struct vector {
	const char *id, *profile, *verdict, *effect;
	usec_t timer_us;
	const char *hex;
};

static const struct vector vectors[] = {
#define VECTOR(...) { __VA_ARGS__ },
#include "vrrp2_vectors.def"
#undef VECTOR
};

static struct vip_conf many[VRRP_VIPS_MAX];

/* The receiver each datagram is meant for. */
static struct instance_conf profile(const char *name)
{
	struct instance_conf c = rig_instance();

	c.answer_lower = false; /* RFC 3768: a MASTER discards a lower priority */
	if (strcmp(name, "v2-none-3") == 0) {
		c.vip_count = 3;
		c.advert_us = 2 * USEC_PER_SEC;
	} else if (strcmp(name, "v2-none-255") == 0) {
		c.vips = many;
		c.vip_count = VRRP_VIPS_MAX;
	} else if (strcmp(name, "v2-none-0") == 0) {
		c.vip_count = 0;
	} else if (strcmp(name, "v2-nopreempt") == 0) {
		c.priority = 200;
		c.preempt = false;
	} else if (strcmp(name, "v2-owner") == 0) {
		c.priority = 255;
	} else if (strncmp(name, "v2-pass", 7) == 0) {
		c.vrid = 52;
		c.auth_type = VRRP_AUTH_PASS;
		memcpy(c.auth_key, name[7] == '8' ? "12345678" : "s3cret\0", 8);
	} else {
		assert_true(strcmp(name, "v2-none") == 0 || strcmp(name, "v2-master") == 0);
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

static bool wants_master(const struct vector *v)
{
	return strcmp(v->profile, "v2-master") == 0 || strcmp(v->profile, "v2-owner") == 0;
}

static uint64_t counter(struct rig *r, const struct vector *v, int drop)
{
	if (strcmp(v->verdict, "ok") == 0)
		return rig_first(r)->stats.received;
	return rig_first(r)->stats.dropped[drop] + r->node.dropped[drop];
}

static void assert_effect(struct rig *r, const struct vector *v, usec_t before)
{
	struct instance *i = rig_first(r);
	usec_t timer = i->timers[TIMER_DOWN] - r->now;

	if (strcmp(v->effect, "down-timer=full") == 0 ||
	    strcmp(v->effect, "down-timer=skew") == 0) {
		assert_int_equal(timer, v->timer_us);
		assert_int_equal(i->down_is_skew, v->effect[11] == 's');
	} else if (strcmp(v->effect, "to-backup") == 0) {
		assert_int_equal(i->state, VRRP_BACKUP);
		assert_int_equal(timer, v->timer_us);
		assert_int_equal(rig_count(r, "vip- 0+1"), 1);
	} else if (strcmp(v->effect, "send-advert") == 0) {
		assert_int_equal(rig_count(r, "adv 100"), 1);
		assert_int_equal(i->timers[TIMER_ADVERT], r->now + i->conf->advert_us);
	} else {
		assert_true(strcmp(v->effect, "lower-ignored") == 0 || strcmp(v->effect, "-") == 0);
		assert_int_equal(i->due.when, before);
		assert_int_equal(rig_count(r, "adv "), 0);
		assert_int_equal(rig_count(r, "\"st\""), 0);
	}
}

static void run(const struct vector *v)
{
	static struct rig r;
	uint8_t p[2048];
	size_t len = unhex(v->hex, p);
	uint64_t counted;
	usec_t before;
	int drop = 0;

	while (drop < DROP_COUNT && strcmp(drop_name((enum drop)drop), v->verdict) != 0)
		drop++;
	assert_in_range(drop, 0, DROP_COUNT - 1);
	rig_start(&r, profile(v->profile));
	rig_run(&r, wants_master(v) ? 10500000 : 500000);
	assert_int_equal(rig_first(&r)->state, wants_master(v) ? VRRP_MASTER : VRRP_BACKUP);
	rig_clear(&r);
	counted = counter(&r, v, drop);
	before = rig_first(&r)->due.when;
	rig_step(&r, &(struct event){ .kind = EV_PACKET, .packet = { .datagram = { p, len } } });
	assert_int_equal(counter(&r, v, drop), counted + 1);
	assert_effect(&r, v, before);
	rig_done(&r);
}

static void one_vector(void **state)
{
	run(*state);
}

int main(void)
{
	enum { COUNT = sizeof(vectors) / sizeof(vectors[0]) };
	struct CMUnitTest tests[COUNT];

	for (uint32_t i = 0; i < VRRP_VIPS_MAX; i++)
		many[i] = (struct vip_conf){ .addr = addr_v4(0xc6120001u + i), .prefix = 24 };
	for (int i = 0; i < COUNT; i++) {
		tests[i] = (struct CMUnitTest){ .name = vectors[i].id, .test_func = one_vector };
		tests[i].initial_state = (void *)&vectors[i];
	}
	return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
