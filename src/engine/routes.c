#include "engine/routes.h"

#include "base/err.h"

static void keep(struct routes *r, const struct routing *what, uint32_t instance, uint16_t item)
{
	uint8_t proto = what->is_rule ? ROUTE_PROTO_VRRP : what->route.proto;

	r->list[r->count] = (struct kept_route){ .what = what, .instance = instance, .item = item };
	r->proto = r->count == 0 || r->proto == proto ? proto : 0;
	r->count++;
}

int routes_init(struct routes *r, const struct model *m, struct arena *arena)
{
	size_t total = 0;

	for (uint32_t i = 0; i < m->node.instance_count; i++)
		total += m->node.instances[i].route_count;
	*r = (struct routes){ .list = arena_array(arena, total, sizeof(*r->list)) };
	if (r->list == NULL)
		return E_NOMEM;
	for (uint32_t i = 0; i < m->node.instance_count; i++)
		for (uint16_t n = 0; n < m->node.instances[i].route_count; n++)
			keep(r, &m->more[i].routings[n], i, n);
	return 0;
}

static void set_present(struct routes *r, struct kept_route *k, bool present)
{
	if (k->present && !present)
		k->lost = r->any_lost = true;
	k->present = present;
}

void routes_begin(struct routes *r)
{
	for (uint32_t i = 0; i < r->count; i++)
		r->list[i].seen = false;
}

void routes_end(struct routes *r)
{
	for (uint32_t i = 0; i < r->count; i++)
		set_present(r, &r->list[i], r->list[i].present && r->list[i].seen);
}

void routes_hear(struct routes *r, const struct route_report *report)
{
	for (uint32_t i = 0; i < r->count; i++) {
		if (!route_matches(report, r->list[i].what))
			continue;
		set_present(r, &r->list[i], !report->gone);
		r->list[i].seen = true;
	}
}

bool routes_take_lost(struct routes *r, uint32_t *ret_instance, uint16_t *ret_item)
{
	for (uint32_t i = 0; r->any_lost && i < r->count; i++) {
		struct kept_route *k = &r->list[i];
		bool lost = k->lost && !k->present;

		k->lost = false;
		if (!lost)
			continue;
		*ret_instance = k->instance;
		*ret_item = k->item;
		return true;
	}
	r->any_lost = false;
	return false;
}

bool routes_present(const struct routes *r, uint32_t instance, uint16_t item)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (r->list[i].instance == instance && r->list[i].item == item)
			return r->list[i].present;
	return false;
}
