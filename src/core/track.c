#include "core/track.h"

enum track_state { TRACK_UNKNOWN, TRACK_WELL, TRACK_ILL };

enum { FAULT_AT = -254, SCALED_MOST = 254 };

static int32_t scaled(const struct track_conf *t, int32_t value)
{
	int64_t sum = (int64_t)value * t->weight;

	if (t->reverse)
		sum = -sum;
	return (int32_t)(sum < FAULT_AT ? FAULT_AT : sum > SCALED_MOST ? SCALED_MOST : sum);
}

/* Whether the number of a file is a fault by itself: not 0 without a weight, or -254 with one. */
static bool is_fault_value(const struct track_conf *t, int32_t value)
{
	return t->weight == 0 ? value != 0 : scaled(t, value) <= FAULT_AT;
}

static enum track_state state_of(const struct track_conf *t, enum verdict v)
{
	if (v == VERDICT_UNKNOWN)
		return TRACK_UNKNOWN;
	return (v == VERDICT_UP) != t->reverse ? TRACK_WELL : TRACK_ILL;
}

static enum verdict link_verdict(const struct view *view, uint16_t link)
{
	return view->links_up[link] ? VERDICT_UP : VERDICT_DOWN;
}

const struct addr *view_source(const struct view *view, const struct instance_conf *conf)
{
	if (conf->source.family != ADDR_NONE)
		return &conf->source;
	return conf->family == ADDR_V6 ? &view->sources6[conf->link] : &view->sources[conf->link];
}

int32_t track_contribution(const struct track_conf *t, enum verdict v, int32_t value)
{
	enum track_state state = state_of(t, v);

	if (t->scaled)
		return v == VERDICT_UNKNOWN ? 0 : scaled(t, value);
	if (t->weight > 0)
		return state == TRACK_WELL ? t->weight : 0;
	return state == TRACK_ILL ? t->weight : 0;
}

int32_t track_total(const struct instance_conf *conf, const struct view *view)
{
	int32_t total = conf->priority;

	for (uint16_t n = 0; n < conf->check_count; n++) {
		const struct track_conf *t = &conf->checks[n];

		total += track_contribution(t, view->checks[t->index], view->values[t->index]);
	}
	for (uint16_t n = 0; n < conf->link_count; n++) {
		const struct track_conf *t = &conf->links[n];

		total += track_contribution(t, link_verdict(view, t->index), 0);
	}
	return total;
}

/* The first link that must be up and is not, LINK_NONE when all are. */
static uint16_t find_dead_link(const struct instance_conf *conf, const struct view *view)
{
	if (conf->track_primary && !view->links_up[conf->link])
		return conf->link;
	for (uint16_t n = 0; n < conf->vip_count; n++)
		if (conf->vips[n].link != conf->link && !view->links_up[conf->vips[n].link])
			return conf->vips[n].link;
	for (uint16_t n = 0; n < conf->route_count; n++)
		if (conf->routes[n].link != LINK_NONE && !view->links_up[conf->routes[n].link])
			return conf->routes[n].link;
	for (uint16_t n = 0; n < conf->link_count; n++) {
		const struct track_conf *t = &conf->links[n];

		if (t->weight == 0 && state_of(t, link_verdict(view, t->index)) == TRACK_ILL)
			return t->index;
	}
	return LINK_NONE;
}

/* What a check says to whether its instance may take part; one with a weight says nothing, unless
 * it is a file whose number is a fault by itself. */
static enum track_state check_state(const struct track_conf *t, const struct view *view)
{
	enum verdict v = view->checks[t->index];

	if (t->scaled)
		return v != VERDICT_UNKNOWN && is_fault_value(t, view->values[t->index])
			       ? TRACK_ILL
			       : TRACK_WELL;
	return t->weight == 0 ? state_of(t, v) : TRACK_WELL;
}

/* The first check of weight 0 in |state|, NULL when there is none. */
static const char *find_check(const struct instance_conf *conf, const struct view *view,
			      enum track_state state)
{
	for (uint16_t n = 0; n < conf->check_count; n++) {
		const struct track_conf *t = &conf->checks[n];

		if (check_state(t, view) == state)
			return view->conf->checks[t->index];
	}
	return NULL;
}

bool track_find_fault(const struct instance_conf *conf, const struct view *view, struct why *ret)
{
	uint16_t dead = find_dead_link(conf, view);
	const char *check;

	if (dead != LINK_NONE) {
		*ret = (struct why){ .reason = WHY_LINK, .name = view->conf->links[dead] };
		return true;
	}
	if (view_source(view, conf)->family == ADDR_NONE) {
		*ret = (struct why){ .reason = WHY_SOURCE, .name = view->conf->links[conf->link] };
		return true;
	}
	check = find_check(conf, view, TRACK_ILL);
	if (check == NULL)
		return false;
	*ret = (struct why){ .reason = WHY_CHECK, .name = check };
	return true;
}

bool track_find_unknown(const struct instance_conf *conf, const struct view *view, struct why *ret)
{
	const char *check = find_check(conf, view, TRACK_UNKNOWN);

	if (check == NULL)
		return false;
	*ret = (struct why){ .reason = WHY_WAIT, .name = check };
	return true;
}
