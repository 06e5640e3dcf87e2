#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/hmac.h>

#include "heap_arena.h"
#include "wire/ip.h"

const struct vip_conf rig_vips[3] = {
	{ .addr = { ADDR_V4, { 192, 0, 2, 100 } }, .prefix = 24 },
	{ .addr = { ADDR_V4, { 192, 0, 2, 101 } }, .prefix = 24 },
	{ .addr = { ADDR_V4, { 192, 0, 2, 102 } }, .prefix = 24 },
};

const struct addr rig_linklocal = { ADDR_V6, { 0xfe, 0x80, [11] = 0xff, 0xfe, 0x00, 0x0b, 0x02 } };

static void hmac(const EVP_MD *md, struct bytes key, struct bytes data, uint8_t *out)
{
	assert_non_null(HMAC(md, key.p, (int)key.len, data.p, data.len, out, NULL));
}

static void hmac_md5(struct bytes key, struct bytes data, uint8_t out[HMAC_MD5_LEN])
{
	hmac(EVP_md5(), key, data, out);
}

static void hmac_sha256(struct bytes key, struct bytes data, uint8_t out[HMAC_SHA256_LEN])
{
	hmac(EVP_sha256(), key, data, out);
}

const struct crypto rig_crypto = { hmac_md5, hmac_sha256 };

static const char *const links[] = { "eth0" };
static const char *const checks[] = { "db" };

struct instance_conf rig_instance(void)
{
	return (struct instance_conf){
		.name = "VI",
		.version = 2,
		.family = ADDR_V4,
		.group = vrrp_group4,
		.vrid = 51,
		.priority = 100,
		.advert_us = USEC_PER_SEC,
		.down_adverts = 3,
		.preempt = true,
		.answer_lower = true,
		.track_primary = true,
		.garp = { .delay_us = 5 * USEC_PER_SEC,
			  .repeat = 5,
			  .refresh_repeat = 1,
			  .lower_prio_delay_us = 5 * USEC_PER_SEC,
			  .lower_prio_repeat = 5 },
		.vips = rig_vips,
		.vip_count = 1,
		.advertised_count = 1,
	};
}

void rig_make(struct rig *r, uint32_t count)
{
	r->arena = heap_arena(NULL);
	r->conf = (struct node_conf){ .crypto = &rig_crypto,
				      .links = links,
				      .link_count = 1,
				      .checks = checks,
				      .check_count = 1,
				      .instances = r->instances,
				      .instance_count = count,
				      .groups = r->groups,
				      .group_count = r->group_count };
	r->now = 0;
	rig_clear(r);
	if (node_init(&r->node, &r->conf, &r->arena) != 0)
		abort();
	rig_link(r, true);
}

void rig_start(struct rig *r, struct instance_conf conf)
{
	r->instances[0] = conf;
	rig_make(r, 1);
	rig_step(r, &(struct event){ .kind = EV_START });
	rig_run(r, 0);
}

void rig_done(struct rig *r)
{
	arena_done(&r->arena);
}

void rig_step(struct rig *r, const struct event *ev)
{
	struct actions out;

	node_step(&r->node, r->now, ev, &out);
	if (out.count == 0)
		return;
	r->out = out;
	node_trace(&r->text, &r->node, r->now, ev, &out);
	text_char(&r->text, '\n');
}

void rig_run(struct rig *r, usec_t now)
{
	while (node_deadline(&r->node) <= now) {
		r->now = usec_max(r->now, node_deadline(&r->node));
		rig_step(r, &(struct event){ .kind = EV_DEADLINE });
	}
	r->now = now;
}

void rig_hear(struct rig *r, uint8_t host, uint8_t priority)
{
	rig_hear_for(r, 0, host, priority);
}

void rig_hear_for(struct rig *r, uint32_t id, uint8_t host, uint8_t priority)
{
	struct instance *i = &r->node.instances[id];
	struct outgoing *o = &i->outgoing;
	const struct addr src = addr_v4(0xc0000200u + host);
	uint8_t p[4096];

	assert_true(o->len <= sizeof(p));
	outgoing_seal(o, i->conf,
		      &(struct seal){ .src = &src,
				      .sum = i->sum,
				      .priority = priority,
				      .crypto = &rig_crypto,
				      .ah_sequence = i->ah_sequence + 1 });
	memcpy(p, o->first, o->len);
	rig_step(r, &(struct event){ .kind = EV_PACKET, .packet = { .datagram = { p, o->len } } });
	rig_run(r, r->now);
}

void rig_check(struct rig *r, enum verdict verdict)
{
	rig_step(r, &(struct event){ .kind = EV_CHECK, .check = { .verdict = verdict } });
	rig_run(r, r->now);
}

void rig_link(struct rig *r, bool up)
{
	rig_step(r, &(struct event){ .kind = EV_LINK,
				     .link = { .source = addr_v4(0xc0000202),
					       .source6 = rig_linklocal,
					       .up = up } });
	rig_run(r, r->now);
}

void rig_result(struct rig *r, enum action_kind kind, uint16_t item, int err)
{
	rig_step(r,
		 &(struct event){ .kind = EV_RESULT,
				  .result = { .kind = (uint8_t)kind, .item = item, .err = err } });
	rig_run(r, r->now);
}

void rig_clear(struct rig *r)
{
	r->text = TEXT(r->trace);
	r->trace[0] = '\0';
}

unsigned rig_count(const struct rig *r, const char *needle)
{
	unsigned n = 0;

	for (const char *p = r->trace; (p = strstr(p, needle)) != NULL; p += strlen(needle))
		n++;
	return n;
}
