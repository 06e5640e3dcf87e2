#include "core/node.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "core/receive.h"

/* The key of an instance: link, family, VRID. */
static uint64_t vrid_key(uint16_t link, uint8_t family, uint8_t vrid)
{
	return (uint64_t)link << 16 | (uint64_t)family << 8 | vrid;
}

/* ---- making ----------------------------------------------------------------------------- */

static int add_instance(struct node *n, uint32_t id, struct arena *arena)
{
	const struct instance_conf *c = &n->conf->instances[id];
	struct instance *i = &n->instances[id];
	uint8_t *datagrams = arena_alloc(arena, outgoing_size(c));

	if (datagrams == NULL)
		return E_NOMEM;
	instance_init(i, c, id, datagrams);
	heap_add(&n->heap, &i->due);
	return map_put(&n->by_vrid, vrid_key(c->link, c->family, c->vrid), id) ? 0 : E_EXISTS;
}

static void add_group(struct node *n, uint16_t g)
{
	const struct group_conf *c = &n->conf->groups[g];

	n->groups[g] = (struct sync_group){ .conf = c, .instances = n->instances };
	for (uint16_t m = 0; m < c->member_count; m++)
		n->instances[c->members[m]].group = &n->groups[g];
}

int node_init(struct node *n, const struct node_conf *conf, struct arena *arena)
{
	uint32_t count = conf->instance_count, slots = map_slots(count);
	struct map_slot *map = arena_array(arena, slots, sizeof(*map));
	int err;

	*n = (struct node){
		.conf = conf,
		.instances = arena_array(arena, count, sizeof(*n->instances)),
		.groups = arena_array(arena, conf->group_count, sizeof(*n->groups)),
		.heap.slots = arena_array(arena, count, sizeof(*n->heap.slots)),
		.sources = arena_array(arena, conf->link_count, sizeof(*n->sources)),
		.sources6 = arena_array(arena, conf->link_count, sizeof(*n->sources6)),
		.links_up = arena_array(arena, conf->link_count, sizeof(*n->links_up)),
		.checks = arena_array(arena, conf->check_count, sizeof(*n->checks)),
		.values = arena_array(arena, conf->check_count, sizeof(*n->values)),
	};
	if (map == NULL || n->instances == NULL || n->groups == NULL || n->heap.slots == NULL ||
	    n->sources == NULL || n->sources6 == NULL || n->links_up == NULL || n->checks == NULL ||
	    n->values == NULL)
		return E_NOMEM;
	n->view = (struct view){
		.conf = conf,
		.sources = n->sources,
		.sources6 = n->sources6,
		.links_up = n->links_up,
		.checks = n->checks,
		.values = n->values,
	};
	map_init(&n->by_vrid, map, slots);
	for (uint32_t id = 0; id < count; id++) {
		err = add_instance(n, id, arena);
		if (err < 0)
			return err;
	}
	for (uint16_t g = 0; g < conf->group_count; g++)
		add_group(n, g);
	return 0;
}

/* ---- events ----------------------------------------------------------------------------- */

static void reschedule(struct node *n, struct instance *i)
{
	heap_move(&n->heap, &i->due, i->due.when);
}

static void review_soon(struct node *n, struct instance *i, usec_t now)
{
	instance_arm(i, TIMER_REVIEW, now);
	reschedule(n, i);
}

static void review_all(struct node *n, usec_t now)
{
	for (uint32_t id = 0; id < n->conf->instance_count; id++)
		review_soon(n, &n->instances[id], now);
}

static bool uses_link(const struct instance_conf *c, uint16_t link)
{
	if (c->link == link)
		return true;
	for (uint16_t i = 0; i < c->vip_count; i++)
		if (c->vips[i].link == link)
			return true;
	for (uint16_t i = 0; i < c->route_count; i++)
		if (c->routes[i].link == link)
			return true;
	for (uint16_t i = 0; i < c->link_count; i++)
		if (c->links[i].index == link)
			return true;
	return false;
}

static bool uses_check(const struct instance_conf *c, uint16_t check)
{
	for (uint16_t i = 0; i < c->check_count; i++)
		if (c->checks[i].index == check)
			return true;
	return false;
}

static void step_link(struct node *n, usec_t now, const struct event *ev)
{
	uint16_t link = ev->link.link;

	assert(link < n->conf->link_count);
	n->links_up[link] = ev->link.up;
	n->sources[link] = ev->link.source;
	n->sources6[link] = ev->link.source6;
	for (uint32_t id = 0; id < n->conf->instance_count; id++)
		if (uses_link(n->instances[id].conf, link))
			review_soon(n, &n->instances[id], now);
}

static void step_check(struct node *n, usec_t now, const struct event *ev)
{
	uint16_t check = ev->check.check;

	assert(check < n->conf->check_count);
	n->checks[check] = ev->check.verdict;
	n->values[check] = ev->check.value;
	for (uint32_t id = 0; id < n->conf->instance_count; id++)
		if (uses_check(n->instances[id].conf, check))
			review_soon(n, &n->instances[id], now);
}

/* What of an instance concerns the others of its group. */
struct standing {
	enum vrrp_state state;
	bool wants, ill, stopped;
};

static struct standing standing_of(const struct instance *i)
{
	return (struct standing){ i->state, i->wants, i->ill, i->stopped };
}

static bool same_standing(const struct standing *a, const struct standing *b)
{
	return a->state == b->state && a->wants == b->wants && a->ill == b->ill &&
	       a->stopped == b->stopped;
}

static void tell_group(struct node *n, struct sync_group *g, enum notify_state state,
		       struct actions *out)
{
	assert(out->count < ACTIONS_MAX);
	out->list[out->count++] = (struct action){
		.kind = ACT_GROUP,
		.instance = INSTANCE_NONE,
		.group = { .group = (uint16_t)(g - n->groups), .state = state },
	};
}

static void group_changed(struct node *n, struct sync_group *g, usec_t now, struct actions *out)
{
	static const enum notify_state notices[] = { [VRRP_BACKUP] = NOTIFY_BACKUP,
						     [VRRP_MASTER] = NOTIFY_MASTER,
						     [VRRP_FAULT] = NOTIFY_FAULT };
	enum vrrp_state state = group_state(g);

	for (uint16_t m = 0; m < g->conf->member_count; m++)
		if (!n->instances[g->conf->members[m]].stopped)
			review_soon(n, &n->instances[g->conf->members[m]], now);
	if (state != g->state && state != VRRP_INIT)
		tell_group(n, g, notices[state], out);
	g->state = state;
	if (group_has_stopped(g))
		tell_group(n, g, NOTIFY_STOP, out);
}

/* After a step: what was touched is put right, and its group looks again. */
static void settle(struct node *n, struct instance *i, const struct standing *before, usec_t now,
		   struct actions *out)
{
	struct standing after = standing_of(i);

	reschedule(n, i);
	instance_verify(i);
	if (i->group != NULL && !same_standing(before, &after))
		group_changed(n, &n->groups[i->group - n->groups], now, out);
}

static void step_deadline(struct node *n, usec_t now, struct actions *out)
{
	struct heap_item *first = heap_first(&n->heap);
	struct standing before;
	struct instance *i;

	if (first == NULL || first->when > now)
		return;
	i = &n->instances[first->id];
	before = standing_of(i);
	if (instance_overslept(i, now))
		instance_yield(i, now, out);
	else
		instance_due(i, &n->view, now, out);
	settle(n, i, &before, now, out);
}

/* The instance |r| is meant for, MAP_NONE when there is none. */
static uint32_t find_instance(const struct node *n, uint16_t link, const struct received *r)
{
	if (!r->has_vrid)
		return MAP_NONE;
	return map_get(&n->by_vrid, vrid_key(link, r->ip.src.family, r->vrid));
}

/* A packet of a version or family for which there is no instance has no business with us. */
static void step_stray(struct node *n, uint16_t link, const struct received *r)
{
	const struct addr *own = r->ip.src.family == ADDR_V6 ? &n->sources6[link]
							     : &n->sources[link];

	n->dropped[packet_judge_stray(r, own)]++;
}

static void step_packet(struct node *n, usec_t now, const struct event *ev, struct actions *out)
{
	struct received r;
	enum drop drop = packet_open(ev->packet.datagram, &r);
	struct judgement good;
	struct standing before;
	struct receiver to;
	struct instance *i;
	uint32_t id;

	assert(ev->packet.link < n->conf->link_count);
	if (drop != DROP_NONE) {
		n->dropped[drop]++;
		return;
	}
	id = find_instance(n, ev->packet.link, &r);
	if (id == MAP_NONE) {
		step_stray(n, ev->packet.link, &r);
		return;
	}
	i = &n->instances[id];
	if (i->stopped)
		return;
	before = standing_of(i);
	if (instance_overslept(i, now))
		instance_yield(i, now, out);
	to = (struct receiver){ .conf = i->conf,
				.own = view_source(&n->view, i->conf),
				.priority = i->priority,
				.ah_sequence = i->ah_sequence,
				.crypto = n->conf->crypto };
	drop = packet_judge(&r, &to, &good);
	if (drop == DROP_NONE)
		instance_hear(i, &n->view, now, &r.ip.src, &good, out);
	else
		instance_drop(i, drop, &r.ip.src, out);
	if (drop == DROP_OWNER)
		instance_count_heard(i, good.ah_sequence);
	settle(n, i, &before, now, out);
}

static void step_result(struct node *n, usec_t now, const struct event *ev, struct actions *out)
{
	struct instance *i = &n->instances[ev->result.instance];
	struct standing before = standing_of(i);

	assert(ev->result.instance < n->conf->instance_count);
	instance_result(i, now, ev, out);
	settle(n, i, &before, now, out);
}

static void step_lost(struct node *n, usec_t now, const struct event *ev, struct actions *out)
{
	struct instance *i = &n->instances[ev->lost.instance];
	struct standing before = standing_of(i);

	assert(ev->lost.instance < n->conf->instance_count);
	instance_lost(i, now, ev, out);
	settle(n, i, &before, now, out);
}

static void dispatch(struct node *n, usec_t now, const struct event *ev, struct actions *out)
{
	switch (ev->kind) {
	case EV_START:
		n->view.started = true;
		review_all(n, now);
		return;
	case EV_STOP:
		n->view.stopping = true;
		review_all(n, now);
		return;
	case EV_DEADLINE:
		step_deadline(n, now, out);
		return;
	case EV_PACKET:
		step_packet(n, now, ev, out);
		return;
	case EV_LINK:
		step_link(n, now, ev);
		return;
	case EV_CHECK:
		step_check(n, now, ev);
		return;
	case EV_LOST:
		step_lost(n, now, ev, out);
		return;
	case EV_RESULT:
		step_result(n, now, ev, out);
		return;
	}
}

void node_step(struct node *n, usec_t now, const struct event *ev, struct actions *out)
{
	out->count = 0;
	dispatch(n, now, ev, out);
	for (uint32_t i = 0; i < out->count; i++)
		out->list[i].id = n->next_action++;
}

usec_t node_deadline(const struct node *n)
{
	const struct heap_item *first = heap_first(&n->heap);

	return first != NULL ? first->when : USEC_NEVER;
}

bool node_stopped(const struct node *n)
{
	for (uint32_t id = 0; id < n->conf->instance_count; id++)
		if (!n->instances[id].stopped || n->instances[id].release)
			return false;
	return true;
}

/* ---- a new generation ------------------------------------------------------------------- */

static uint16_t find_link(const struct node_conf *c, const char *name)
{
	for (uint16_t i = 0; i < c->link_count; i++)
		if (strcmp(c->links[i], name) == 0)
			return i;
	return LINK_NONE;
}

/* The string of |c| equal to |name|, which belongs to a configuration about to go. */
static const char *find_name(const struct node_conf *c, const char *name)
{
	for (uint16_t i = 0; name != NULL && i < c->check_count; i++)
		if (strcmp(c->checks[i], name) == 0)
			return c->checks[i];
	for (uint16_t i = 0; name != NULL && i < c->link_count; i++)
		if (strcmp(c->links[i], name) == 0)
			return c->links[i];
	for (uint32_t i = 0; name != NULL && i < c->instance_count; i++)
		if (strcmp(c->instances[i].name, name) == 0)
			return c->instances[i].name;
	return NULL;
}

/* In no group, or in groups of the same name and members. */
static bool same_group(const struct node_conf *na, const struct sync_group *a,
		       const struct node_conf *nb, const struct sync_group *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (strcmp(a->conf->name, b->conf->name) != 0 ||
	    a->conf->member_count != b->conf->member_count)
		return false;
	for (uint16_t m = 0; m < a->conf->member_count; m++)
		if (strcmp(na->instances[a->conf->members[m]].name,
			   nb->instances[b->conf->members[m]].name) != 0)
			return false;
	return true;
}

/* |from| goes on as |to|: what it is moves, what it is made of (configuration, buffers, its place
 * in the heap) stays. */
static void take_over(struct node *next, struct instance *to, struct node *prev,
		      struct instance *from)
{
	struct instance old = *to;

	*to = *from;
	to->conf = old.conf;
	to->due = (struct heap_item){ from->due.when, old.due.id, old.due.slot };
	to->group = old.group;
	to->outgoing = old.outgoing;
	to->why.name = find_name(next->conf, from->why.name);
	from->stopped = true;
	from->started = false;
	from->release = from->wants = from->ill = false;
	from->state = VRRP_INIT;
	for (int t = 0; t < TIMER_COUNT; t++)
		instance_arm(from, (enum timer)t, USEC_NEVER);
	reschedule(prev, from);
	reschedule(next, to);
}

uint32_t node_inherit(struct node *next, struct node *prev)
{
	uint32_t moved = 0;

	for (uint32_t id = 0; id < prev->conf->instance_count; id++) {
		struct instance *from = &prev->instances[id];
		uint16_t link = find_link(next->conf, prev->conf->links[from->conf->link]);
		uint32_t to = MAP_NONE;

		if (link != LINK_NONE)
			to = map_get(&next->by_vrid,
				     vrid_key(link, from->conf->family, from->conf->vrid));
		if (to == MAP_NONE ||
		    !instance_conf_same(prev->conf, from->conf, next->conf,
					next->instances[to].conf) ||
		    !same_group(prev->conf, from->group, next->conf, next->instances[to].group))
			continue;
		take_over(next, &next->instances[to], prev, from);
		moved++;
	}
	for (uint16_t g = 0; g < next->conf->group_count; g++)
		next->groups[g].state = group_state(&next->groups[g]);
	return moved;
}
