#include "sim/explore.h"

#include <string.h>

#include "base/err.h"
#include "sim/visited.h"

enum {
	SETTLE_US = 30000000, /* after that long without a fault the right host is MASTER */
	SETTLE_MOVES = 4096,
};

static const struct law law_settled = { "best-is-master",
					"without more faults the best healthy node is MASTER" };

/* ---- the worlds ------------------------------------------------------------------------- */

/* All moves but those on links and checks, where they say nothing new. */
#define ALL_MOVES ((1u << MOVE_COUNT) - 1)
#define NO_CHECK  (ALL_MOVES & ~(1u << MOVE_CHECK_DOWN | 1u << MOVE_CHECK_UP))

enum { PREEMPT_DELAY_S = 2 };

static void prepare_role(struct cluster *c)
{
	c->check[0].weight = 0;
}

static void prepare_nopreempt(struct cluster *c)
{
	for (uint8_t h = 0; h < c->hosts; h++)
		c->nopreempt[h] = true;
}

static void prepare_delay(struct cluster *c)
{
	for (uint8_t h = 0; h < c->hosts; h++)
		c->preempt_delay_us[h] = PREEMPT_DELAY_S * USEC_PER_SEC;
}

static void prepare_equal(struct cluster *c)
{
	for (uint8_t h = 0; h < c->hosts; h++)
		c->priority[h][0] = 100;
}

static void prepare_owner(struct cluster *c)
{
	c->priority[0][0] = 255;
}

static void prepare_v3(struct cluster *c)
{
	c->version = 3;
	for (uint8_t h = 0; h < c->hosts; h++)
		c->advert_us[h] = (1 + h) * USEC_PER_SEC / 2;
}

static const struct {
	const char *name;
	void (*prepare)(struct cluster *);
	uint32_t allowed;
	bool check;
	uint8_t faults[2];    /* of two hosts, of three: as many as can be seen to the end */
	int32_t flight_us[2]; /* of two hosts, of three */
} worlds[] = {
	{ "weight", NULL, ALL_MOVES, true, { 7, 3 }, { 0, 0 } },
	{ "role", prepare_role, ALL_MOVES, true, { 8, 4 }, { 0, 0 } },
	{ "nopreempt", prepare_nopreempt, ALL_MOVES, true, { 7, 3 }, { 0, 0 } },
	{ "delay", prepare_delay, ALL_MOVES, true, { 7, 3 }, { 0, 0 } },
	{ "equal", prepare_equal, ALL_MOVES, true, { 7, 2 }, { 0, 0 } },
	{ "owner", prepare_owner, NO_CHECK, false, { 8, 4 }, { 0, 0 } },
	{ "v3", prepare_v3, NO_CHECK, false, { 7, 4 }, { 0, 0 } },
	/* An advert may be overtaken by the next one. */
	{ "late", NULL, ALL_MOVES, true, { 3, 1 }, { 1200000, 300000 } },
};

enum { WORLDS = sizeof(worlds) / sizeof(worlds[0]) };

const char *explore_name(unsigned index)
{
	return index < WORLDS ? worlds[index].name : NULL;
}

bool explore_pick(const char *name, uint8_t hosts, struct explore_conf *ret)
{
	struct cluster c = cluster_plain(hosts);
	unsigned k = 0;

	while (k < WORLDS && strcmp(worlds[k].name, name) != 0)
		k++;
	if (k == WORLDS || hosts < 2 || hosts > SMALL_HOSTS_MAX)
		return false;
	/* A second burst of announcements and the answer to a lower one decide nothing. */
	c.garp = (struct garp_conf){ .repeat = 1 };
	c.checks = worlds[k].check;
	c.check[0] = (struct cluster_check){ .interval_us = USEC_PER_SEC,
					     .timeout_us = USEC_PER_SEC,
					     .rise = 1,
					     .fall = 1,
					     .weight = -20,
					     .kind = CHECK_ALIVE };
	if (worlds[k].prepare != NULL)
		worlds[k].prepare(&c);
	*ret = (struct explore_conf){
		.name = worlds[k].name,
		.cluster = c,
		.faults = worlds[k].faults[hosts - 2],
		.flight_us = worlds[k].flight_us[hosts - 2],
		.allowed = worlds[k].allowed,
		.states_max = 8000000,
		.frontier_bytes = (size_t)256 << 20,
	};
	return true;
}

/* ---- the states still to be looked at --------------------------------------------------- */

/* A ring of packed states: two bytes of length, then the state; a length of 0 leads to the begin.
 */
struct ring {
	uint8_t *bytes;
	size_t room, head, tail, used;
};

static bool ring_put(struct ring *r, const uint8_t *p, uint16_t len)
{
	size_t need = sizeof(len) + len;

	if (r->tail + need + sizeof(len) > r->room) {
		size_t lost = r->room - r->tail;
		uint16_t none = 0;

		if (r->used + lost + need > r->room)
			return false;
		memcpy(r->bytes + r->tail, &none, sizeof(none));
		r->used += lost;
		r->tail = 0;
	}
	if (r->used + need > r->room)
		return false;
	memcpy(r->bytes + r->tail, &len, sizeof(len));
	memcpy(r->bytes + r->tail + sizeof(len), p, len);
	r->tail += need;
	r->used += need;
	return true;
}

static bool ring_take(struct ring *r, uint8_t p[SMALL_BYTES_MAX])
{
	uint16_t len;

	if (r->used == 0)
		return false;
	memcpy(&len, r->bytes + r->head, sizeof(len));
	if (len == 0) {
		r->used -= r->room - r->head;
		r->head = 0;
		memcpy(&len, r->bytes, sizeof(len));
	}
	memcpy(p, r->bytes + r->head + sizeof(len), len);
	r->head += sizeof(len) + len;
	r->used -= sizeof(len) + len;
	return true;
}

/* ---- a future without faults ------------------------------------------------------------ */

static bool first_move(struct small *w, const struct small_state *s, struct move *ret)
{
	static const enum move_kind kinds[] = { MOVE_DELIVER, MOVE_START, MOVE_RESUME, MOVE_LINK_UP,
						MOVE_SERVE };

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (uint8_t n = 0; n < w->cluster.hosts; n++) {
			struct move m = { .kind = kinds[k], .host = n };
			uint8_t last = kinds[k] == MOVE_DELIVER ? s->flying_count : 1;

			for (m.flying = 0; m.flying < last; m.flying++) {
				if (!small_can(w, s, &m))
					continue;
				*ret = m;
				return true;
			}
		}
	}
	return false;
}

static int32_t wait_of(const struct small_state *s, const struct move *m)
{
	int32_t first = SMALL_NEVER;

	for (int t = 0; m->kind == MOVE_SERVE && t < TIMER_COUNT; t++)
		if (s->hosts[m->host].timers[t] < first)
			first = s->hosts[m->host].timers[t];
	return m->kind == MOVE_SERVE && first > 0 ? first : 0;
}

static bool is_settled(const struct small *w, const struct small_state *s)
{
	unsigned able = 0, masters = 0, priority = 0, challenger = 0;

	for (uint8_t n = 0; n < w->cluster.hosts; n++) {
		const struct small_host *h = &s->hosts[n];

		if (h->power != POWER_ON || h->state == VRRP_INIT || h->state == VRRP_FAULT)
			continue;
		able++;
		masters += h->state == VRRP_MASTER;
		if (h->state == VRRP_MASTER)
			priority = h->priority;
		else if (!w->cluster.nopreempt[n] && h->priority > challenger)
			challenger = h->priority;
	}
	return able == 0 || (masters == 1 && challenger <= priority);
}

static void blame_unsettled(const struct small *w, const struct small_state *s,
			    struct small_fault *fault)
{
	struct text t = TEXT(fault->text);

	fault->law = &law_settled;
	fault->host = 0;
	text_str(&t, "30 s without a fault, and:");
	for (uint8_t n = 0; n < w->cluster.hosts; n++)
		text_fmt(&t, " %s %s %u", w->hosts[n].name,
			 vrrp_state_name((enum vrrp_state)s->hosts[n].state), s->hosts[n].priority);
}

/* Follows |s| with no further fault. */
static void settle(struct small *w, struct small_state s, struct small_fault *fault,
		   const struct small_watcher *watcher)
{
	int32_t waited = 0;
	struct move m;
	bool asked;

	s.faults_left = 0;
	fault->law = NULL;
	for (unsigned moves = 0; waited < SETTLE_US && moves < SETTLE_MOVES; moves++) {
		if (!first_move(w, &s, &m))
			break;
		waited += wait_of(&s, &m);
		small_move(w, &s, &m, &asked, fault, watcher);
		if (fault->law == NULL)
			small_judge(w, &s, fault);
		if (fault->law != NULL)
			return;
	}
	if (!is_settled(w, &s))
		blame_unsettled(w, &s, fault);
}

/* ---- looking around --------------------------------------------------------------------- */

struct explorer {
	const struct explore_conf *conf;
	struct explore_result *result;
	struct small small;
	struct visited visited;
	struct ring ring;
	uint32_t here; /* number of the state being looked at */
	bool full;
};

/* A move as a number, and back. */
static uint32_t move_number(const struct move *m)
{
	return (uint32_t)m->kind | (uint32_t)m->host << 8 | (uint32_t)m->flying << 16 |
	       (uint32_t)m->refused << 24;
}

static struct move numbered_move(uint32_t v)
{
	return (struct move){ .kind = (enum move_kind)(v & 0xff),
			      .host = (uint8_t)(v >> 8),
			      .flying = (uint8_t)(v >> 16),
			      .refused = v >> 24 & 1 };
}

static void retrace(struct explorer *e, uint32_t state, const struct move *last)
{
	struct explore_result *r = e->result;
	uint32_t length = last != NULL, at = state;

	for (; e->visited.steps[at].parent != VISITED_NONE; at = e->visited.steps[at].parent)
		length++;
	r->way_length = length < EXPLORE_WAY_MAX ? length : EXPLORE_WAY_MAX;
	if (last != NULL && length <= EXPLORE_WAY_MAX)
		r->way[--length] = *last;
	for (at = state; length > 0; at = e->visited.steps[at].parent)
		if (--length < EXPLORE_WAY_MAX)
			r->way[length] = numbered_move(e->visited.steps[at].move);
}

/* One move from |s|; what comes of it is remembered. */
static void try_move(struct explorer *e, const struct small_state *s, const struct move *m,
		     bool *asked)
{
	struct small_state next = *s;
	struct small_fault *fault = &e->result->fault;
	struct visited_step step = { e->here, move_number(m) };
	uint8_t packed[SMALL_BYTES_MAX];
	size_t len;

	small_move(&e->small, &next, m, asked, fault, NULL);
	e->result->moves++;
	if (fault->law == NULL)
		small_judge(&e->small, &next, fault);
	if (fault->law != NULL) {
		retrace(e, e->here, m);
		return;
	}
	len = small_pack(&e->small, &next, packed);
	if (visited_add(&e->visited, packed, len, step, &e->full))
		e->full |= !ring_put(&e->ring, packed, (uint16_t)len);
}

static void try_moves(struct explorer *e, const struct small_state *s, struct move m)
{
	bool asked;

	if (!small_can(&e->small, s, &m))
		return;
	try_move(e, s, &m, &asked);
	m.refused = true;
	if (asked && e->result->fault.law == NULL && small_can(&e->small, s, &m))
		try_move(e, s, &m, &asked);
}

static bool looks_ahead(uint32_t number)
{
	return (number * 2654435761u >> 16) % EXPLORE_SETTLE_EACH == 0;
}

static void look(struct explorer *e, const struct small_state *s)
{
	struct small_fault *fault = &e->result->fault;

	for (int kind = 0; kind < MOVE_COUNT; kind++) {
		bool flies = kind == MOVE_DELIVER || kind == MOVE_DROP;

		for (uint8_t n = 0; n < e->small.cluster.hosts; n++) {
			struct move m = { .kind = (enum move_kind)kind, .host = n };
			uint8_t last = flies ? s->flying_count : 1;

			for (m.flying = 0; m.flying < last && fault->law == NULL; m.flying++)
				try_moves(e, s, m);
		}
	}
	if (fault->law != NULL || !looks_ahead(e->here))
		return;
	e->result->settled++;
	settle(&e->small, *s, fault, NULL);
	if (fault->law == NULL)
		return;
	e->result->while_settling = true;
	retrace(e, e->here, NULL);
}

static int prepare(struct explorer *e, const struct explore_conf *conf, struct arena *arena,
		   struct explore_result *ret)
{
	int err;

	memset(ret, 0, sizeof(*ret));
	e->conf = conf;
	e->result = ret;
	e->ring = (struct ring){ .bytes = arena_alloc(arena, conf->frontier_bytes),
				 .room = conf->frontier_bytes };
	err = visited_init(&e->visited, arena, conf->states_max);
	if (err == 0)
		err = small_init(&e->small, &conf->cluster, conf->flight_us, conf->allowed, arena);
	return e->ring.bytes == NULL ? E_NOMEM : err;
}

int explore_run(const struct explore_conf *conf, struct arena *arena, struct explore_result *ret)
{
	struct explorer *e = arena_new(arena, struct explorer);
	uint8_t packed[SMALL_BYTES_MAX];
	uint32_t layer_end = 1;
	struct small_state s;
	int err = e == NULL ? E_NOMEM : prepare(e, conf, arena, ret);

	if (err != 0)
		return err;
	small_begin(&e->small, conf->faults, &s);
	visited_add(&e->visited, packed, small_pack(&e->small, &s, packed),
		    (struct visited_step){ VISITED_NONE, 0 }, &e->full);
	ring_put(&e->ring, packed, (uint16_t)small_pack(&e->small, &s, packed));
	while (!e->full && ret->fault.law == NULL && ring_take(&e->ring, packed)) {
		if (e->here == layer_end) {
			layer_end = e->visited.count;
			ret->depth++;
		}
		small_unpack(&e->small, packed, &s);
		look(e, &s);
		e->here++;
	}
	ret->states = e->visited.count;
	ret->whole = !e->full && ret->fault.law == NULL;
	return 0;
}

/* ---- telling ---------------------------------------------------------------------------- */

struct teller {
	const struct small *small;
	void (*line)(void *ctx, const char *);
	void *ctx;
};

static void tell_step(void *ctx, uint8_t host, const char *trace)
{
	const struct teller *t = ctx;
	char buf[4096];
	struct text text = TEXT(buf);

	text_fmt(&text, "        %s %s", t->small->hosts[host].name, trace);
	t->line(t->ctx, buf);
}

int explore_tell(const struct explore_conf *conf, const struct explore_result *r,
		 struct arena *arena, void (*line)(void *ctx, const char *), void *ctx)
{
	struct small *w = arena_new(arena, struct small);
	struct teller teller = { w, line, ctx };
	struct small_watcher watcher = { &teller, tell_step };
	uint8_t packed[SMALL_BYTES_MAX];
	struct small_fault fault;
	struct small_state s;
	bool asked;

	if (w == NULL || small_init(w, &conf->cluster, conf->flight_us, conf->allowed, arena) != 0)
		return E_NOMEM;
	small_begin(w, conf->faults, &s);
	for (uint32_t i = 0; i < r->way_length; i++) {
		char buf[200];
		struct text text = TEXT(buf);

		small_pack(w, &s, packed);
		small_unpack(w, packed, &s);
		text_fmt(&text, "  %u. +%d us ", i + 1, (int)wait_of(&s, &r->way[i]));
		small_tell(&text, w, &s, &r->way[i]);
		line(ctx, buf);
		small_move(w, &s, &r->way[i], &asked, &fault, &watcher);
	}
	if (!r->while_settling)
		return 0;
	line(ctx, "  and no fault from here on:");
	small_pack(w, &s, packed);
	small_unpack(w, packed, &s);
	settle(w, s, &fault, &watcher);
	return 0;
}
