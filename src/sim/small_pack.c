/* States as bytes: what is the same state has the same bytes, and few of them. */
#include <assert.h>
#include <string.h>

#include "sim/small.h"

static uint8_t *put(uint8_t *p, const void *from, size_t len)
{
	memcpy(p, from, len);
	return p + len;
}

static const uint8_t *get(const uint8_t *p, void *to, size_t len)
{
	memcpy(to, p, len);
	return p + len;
}

#define BITS(X)                                                                                    \
	X(link, 0)                                                                                 \
	X(check_up, 1)                                                                             \
	X(held, 2)                                                                                 \
	X(started, 3)                                                                              \
	X(stopped, 4)                                                                              \
	X(cleaned, 5)                                                                              \
	X(addr_fault, 6)                                                                           \
	X(release, 7)                                                                              \
	X(down_is_skew, 8)                                                                         \
	X(preempt_ready, 9)                                                                        \
	X(wants, 10)                                                                               \
	X(ill, 11)                                                                                 \
	X(node_started, 12)                                                                        \
	X(node_stopping, 13)

static uint8_t *pack_host(const struct small *w, const struct small_host *h, uint8_t *p)
{
	uint16_t bits = 0;
	uint8_t armed = 0;

#define X(field, bit) bits = (uint16_t)(bits | h->field << bit);
	BITS(X)
#undef X
	for (int t = 0; t < TIMER_COUNT; t++)
		armed = (uint8_t)(armed | (h->timers[t] != SMALL_NEVER) << t);
	*p++ = h->power;
	p = put(p, &bits, sizeof(bits));
	if (h->power == POWER_OFF)
		return p;
	*p++ = h->state;
	*p++ = h->priority;
	p = put(p, &h->total, sizeof(h->total));
	*p++ = armed;
	for (int t = 0; t < TIMER_COUNT; t++)
		if (armed & 1u << t)
			p = put(p, &h->timers[t], sizeof(h->timers[t]));
	p = put(p, h->state == VRRP_MASTER ? &h->last_advert : &h->down_base, sizeof(int32_t));
	if (w->cluster.version == 3)
		p = put(p, &h->master_advert_us, sizeof(h->master_advert_us));
	return p;
}

static const uint8_t *unpack_host(const struct small *w, const uint8_t *p, struct small_host *h,
				  uint8_t n)
{
	uint16_t bits;
	uint8_t armed = 0;

	h->power = *p++;
	p = get(p, &bits, sizeof(bits));
#define X(field, bit) h->field = bits >> bit & 1;
	BITS(X)
#undef X
	for (int t = 0; t < TIMER_COUNT; t++)
		h->timers[t] = SMALL_NEVER;
	if (h->power == POWER_OFF)
		return p;
	h->state = *p++;
	h->priority = *p++;
	p = get(p, &h->total, sizeof(h->total));
	armed = *p++;
	for (int t = 0; t < TIMER_COUNT; t++)
		if (armed & 1u << t)
			p = get(p, &h->timers[t], sizeof(h->timers[t]));
	p = get(p, h->state == VRRP_MASTER ? &h->last_advert : &h->down_base, sizeof(int32_t));
	h->master_advert_us = (int32_t)w->cluster.advert_us[n];
	if (w->cluster.version == 3)
		p = get(p, &h->master_advert_us, sizeof(h->master_advert_us));
	return p;
}

static uint64_t rank(const struct small_flying *f)
{
	return (uint64_t)f->to << 56 | (uint64_t)f->from << 48 | (uint64_t)f->priority << 40 |
	       (uint32_t)f->life_us;
}

static void sort(struct small_flying *list, uint8_t count)
{
	for (uint8_t i = 1; i < count; i++) {
		struct small_flying f = list[i];
		uint8_t k = i;

		for (; k > 0 && rank(&list[k - 1]) > rank(&f); k--)
			list[k] = list[k - 1];
		list[k] = f;
	}
}

size_t small_pack(const struct small *w, const struct small_state *s, uint8_t p[SMALL_BYTES_MAX])
{
	struct small_flying flying[SMALL_FLYING_MAX];
	uint8_t *end = p;

	memcpy(flying, s->flying, sizeof(flying));
	sort(flying, s->flying_count);
	*end++ = s->faults_left;
	*end++ = s->flying_count;
	for (uint8_t k = 0; k < s->flying_count; k++) {
		*end++ = (uint8_t)(flying[k].from << 4 | flying[k].to);
		*end++ = flying[k].priority;
		end = put(end, &flying[k].life_us, sizeof(flying[k].life_us));
	}
	for (uint8_t n = 0; n < w->cluster.hosts; n++)
		end = pack_host(w, &s->hosts[n], end);
	assert(end - p <= SMALL_BYTES_MAX);
	return (size_t)(end - p);
}

void small_unpack(const struct small *w, const uint8_t *p, struct small_state *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->faults_left = *p++;
	ret->flying_count = *p++;
	for (uint8_t k = 0; k < ret->flying_count; k++) {
		struct small_flying *f = &ret->flying[k];

		f->from = *p >> 4;
		f->to = *p++ & 0xf;
		f->priority = *p++;
		p = get(p, &f->life_us, sizeof(f->life_us));
	}
	for (uint8_t n = 0; n < w->cluster.hosts; n++)
		p = unpack_host(w, p, &ret->hosts[n], n);
}
