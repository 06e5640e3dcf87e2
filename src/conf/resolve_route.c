#include "conf/resolve.h"

#include <string.h>

/* Routes and rules, and everything static. */

enum { TEXT_ROOM = 4096 };

uint32_t resolve_count_devs(const struct draft_instance *d)
{
	uint32_t n = 0;

	for (const struct draft_route *r = d->routes.first; r != NULL; r = r->next)
		n += r->what.route.hop_count;
	return n;
}

static const char *text_of(struct resolver *rs, const struct routing *what, bool no_track)
{
	char buf[TEXT_ROOM];
	struct text t = TEXT(buf);

	routing_print(&t, what, &rs->links, no_track);
	return complaints_need(&rs->r->complaints, arena_strdup(rs->r->arena, buf));
}

/* The interface whose end would take the route along. */
static uint16_t link_of(const struct draft_route *d, const struct routing *what, uint16_t own)
{
	uint16_t link = what->is_rule || d->no_track || what->route.hop_count != 1
				? LINK_NONE
				: what->route.hops[0].link;

	return link == own ? LINK_NONE : link;
}

static void resolve_route(struct resolver *rs, const struct draft_route *d, uint16_t own,
			  struct route_conf *ret, struct routing *what)
{
	*what = d->what;
	for (uint8_t i = 0; !what->is_rule && i < what->route.hop_count; i++)
		if (d->devs[i] != NULL)
			what->route.hops[i].link = resolve_link(rs, d->devs[i]);
	*ret = (struct route_conf){ .text = text_of(rs, what, d->no_track),
				    .line = d->at->line,
				    .link = link_of(d, what, own),
				    .no_track = d->no_track };
}

/* True when none of the |n| of |list| is |last|. */
static bool is_new(struct resolver *rs, const struct draft_route *d, const struct route_conf *list,
		   uint16_t n, const char *last)
{
	for (uint16_t i = 0; last != NULL && i < n; i++)
		if (strcmp(list[i].text, last) == 0) {
			complain(&rs->r->complaints, D_AGAIN, d->at,
				 "this has been given in line %u already; once is enough",
				 list[i].line);
			return false;
		}
	return last != NULL;
}

uint16_t resolve_routes(struct resolver *rs, const struct draft_instance *d, uint16_t own,
			const struct route_conf **ret_list, const struct routing **ret_what)
{
	struct complaints *to = &rs->r->complaints;
	size_t total = d->routes.count + d->rules.count;
	struct route_conf *list = complaints_need(to,
						  arena_array(rs->r->arena, total, sizeof(*list)));
	struct routing *what = complaints_need(to, arena_array(rs->r->arena, total, sizeof(*what)));
	const struct draft_route *const firsts[] = { d->routes.first, d->rules.first };
	uint16_t n = 0;

	if (list == NULL || what == NULL)
		return 0;
	for (int k = 0; k < 2; k++)
		for (const struct draft_route *r = firsts[k]; r != NULL && !to->stop; r = r->next) {
			resolve_route(rs, r, own, &list[n], &what[n]);
			n += is_new(rs, r, list, n, list[n].text);
		}
	*ret_list = list;
	*ret_what = what;
	return n;
}

void resolve_statics(struct resolver *rs)
{
	const struct draft_instance *d = &rs->r->draft.statics;
	const struct word *standard = rs->r->draft.global.default_interface.at;
	struct static_conf *s = &rs->model->statics;
	struct vip_conf *addrs = complaints_need(
		&rs->r->complaints, arena_array(rs->r->arena, d->vip_count, sizeof(*addrs)));

	if (addrs == NULL)
		return;
	for (const struct draft_vip *v = d->vips; v != NULL; v = v->next) {
		struct word eth0 = *v->at;
		uint16_t link = LINK_NONE;

		eth0.s = "eth0";
		eth0.len = 4;
		if (v->dev.at == NULL)
			link = resolve_link(rs, standard != NULL ? standard : &eth0);
		resolve_vip(rs, v, link, addrs, &s->addr_count);
	}
	s->addrs = addrs;
	s->route_count = resolve_routes(rs, d, LINK_NONE, &s->routes, &s->routings);
}
