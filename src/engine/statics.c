#include "engine/statics.h"

#include <net/if.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "engine/priority.h"
#include "io/clock.h"
#include "io/log.h"
#include "io/netlink.h"

enum { PAUSE_US = 1000000, LOOK_US = 10000000, ROUGHLY_US = 10000 };

int statics_init(struct statics *s, const struct model *m, struct arena *arena)
{
	uint32_t count = (uint32_t)m->statics.addr_count + m->statics.route_count;

	*s = (struct statics){ .model = m,
			       .list = arena_array(arena, count, sizeof(*s->list)),
			       .count = count,
			       .netlink = -1 };
	return s->list != NULL ? 0 : E_NOMEM;
}

/* ---- one of them ------------------------------------------------------------------------ */

static int ifindex_of(const struct statics *s, uint16_t link)
{
	return link == LINK_NONE ? 0 : (int)if_nametoindex(s->model->node.links[link]);
}

static int change_address(const struct statics *s, bool add, const struct vip_conf *v,
			  bool *ret_there)
{
	struct netlink_change c = { .addr = v->addr,
				    .broadcast = v->broadcast,
				    .label = v->label,
				    .ifindex = ifindex_of(s, v->link),
				    .prefix = v->prefix,
				    .scope = v->scope };

	if (c.ifindex == 0)
		return add ? E_NODEV : 0;
	netlink_change(s->netlink, add, &c, 1);
	*ret_there = c.there;
	return c.err;
}

static int change_route(const struct statics *s, bool add, const struct routing *what,
			bool *ret_there)
{
	int ifindexes[ROUTE_HOPS_MAX] = { 0 };

	for (uint8_t i = 0; !what->is_rule && i < what->route.hop_count; i++) {
		uint16_t link = what->route.hops[i].link;

		ifindexes[i] = ifindex_of(s, link);
		if (link != LINK_NONE && ifindexes[i] == 0)
			return add ? E_NODEV : 0;
	}
	return route_change(s->netlink, add, what, ifindexes, ret_there);
}

static int change(const struct statics *s, bool add, uint32_t n, bool *ret_there)
{
	const struct static_conf *c = &s->model->statics;

	*ret_there = false;
	return n < c->addr_count ? change_address(s, add, &c->addrs[n], ret_there)
				 : change_route(s, add, &c->routings[n - c->addr_count], ret_there);
}

static const char *name_of(const struct statics *s, uint32_t n, char buf[ADDR_TEXT_MAX])
{
	const struct static_conf *c = &s->model->statics;

	return n < c->addr_count ? addr_print(&c->addrs[n].addr, buf)
				 : c->routes[n - c->addr_count].text;
}

/* ---- all of them ------------------------------------------------------------------------ */

static void add_one(struct statics *s, uint32_t n)
{
	struct static_state *state = &s->list[n];
	char buf[ADDR_TEXT_MAX];
	bool there;
	int err = change(s, true, n, &there);

	if (err < 0 && err != state->told_err)
		log_fmt(MSG_ERR, "cannot add static %s: %s; tried again", name_of(s, n, buf),
			err_text(err));
	else if (err == 0 && state->there && !there)
		log_fmt(MSG_WARNING, "static %s was not there any more: put back",
			name_of(s, n, buf));
	state->told_err = err;
	state->there = err == 0;
}

void statics_add(struct statics *s, int netlink)
{
	s->netlink = netlink;
	s->tried_at = clock_now();
	for (uint32_t n = 0; n < s->count; n++)
		add_one(s, n);
}

static void try_at(struct statics *s, usec_t when)
{
	sd_event_source_set_time(s->timer, when);
	sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source, uint64_t when, void *ctx)
{
	struct statics *s = ctx;

	(void)source, (void)when;
	statics_add(s, s->netlink);
	try_at(s, clock_now() + LOOK_US);
	return 0;
}

void statics_watch(struct statics *s, sd_event *event)
{
	if (s->count == 0)
		return;
	if (sd_event_add_time(event, &s->timer, CLOCK_MONOTONIC, clock_now() + PAUSE_US, ROUGHLY_US,
			      on_time, s) < 0)
		log_line(MSG_ERR, "no memory to look after static addresses and routes");
	else
		sd_event_source_set_priority(s->timer, PRIORITY_HOUSE);
}

void statics_kernel_changed(struct statics *s)
{
	if (s->timer != NULL)
		try_at(s, usec_max(clock_now(), s->tried_at + PAUSE_US));
}

/* ---- leaving ---------------------------------------------------------------------------- */

static bool has_address(const struct model *m, const struct vip_conf *v, const char *link)
{
	for (uint16_t i = 0; i < m->statics.addr_count; i++) {
		const struct vip_conf *other = &m->statics.addrs[i];

		if (addr_equal(&other->addr, &v->addr) && other->prefix == v->prefix &&
		    strcmp(m->node.links[other->link], link) == 0)
			return true;
	}
	return false;
}

static bool has_route(const struct model *m, const char *text)
{
	for (uint16_t i = 0; i < m->statics.route_count; i++)
		if (strcmp(m->statics.routes[i].text, text) == 0)
			return true;
	return false;
}

static bool goes_on(const struct statics *s, uint32_t n, const struct model *next)
{
	const struct static_conf *c = &s->model->statics;

	if (n < c->addr_count)
		return has_address(next, &c->addrs[n], s->model->node.links[c->addrs[n].link]);
	return has_route(next, c->routes[n - c->addr_count].text);
}

void statics_remove(struct statics *s, const struct statics *next)
{
	char buf[ADDR_TEXT_MAX];

	s->timer = sd_event_source_disable_unref(s->timer);
	for (uint32_t n = s->count; n-- > 0;) {
		bool there;
		int err = next != NULL && goes_on(s, n, next->model) ? 0
								     : change(s, false, n, &there);

		if (err < 0)
			log_fmt(MSG_ERR, "cannot remove static %s: %s", name_of(s, n, buf),
				err_text(err));
	}
}

void statics_done(struct statics *s)
{
	s->timer = sd_event_source_disable_unref(s->timer);
}
