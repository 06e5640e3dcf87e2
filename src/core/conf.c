#include "core/conf.h"

#include <string.h>

static bool same_string(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static bool same_link(const struct node_conf *na, uint16_t a, const struct node_conf *nb,
		      uint16_t b)
{
	return strcmp(na->links[a], nb->links[b]) == 0;
}

static bool same_vips(const struct node_conf *na, const struct instance_conf *a,
		      const struct node_conf *nb, const struct instance_conf *b)
{
	if (a->vip_count != b->vip_count || a->advertised_count != b->advertised_count)
		return false;
	for (uint16_t i = 0; i < a->vip_count; i++) {
		const struct vip_conf *x = &a->vips[i], *y = &b->vips[i];

		if (!addr_equal(&x->addr, &y->addr) || !addr_equal(&x->broadcast, &y->broadcast) ||
		    !same_string(x->label, y->label) || !same_link(na, x->link, nb, y->link) ||
		    x->prefix != y->prefix || x->scope != y->scope)
			return false;
	}
	return true;
}

/* |xs| and |ys| name things of the nodes' lists |nx| and |ny|. */
static bool same_tracks(const struct track_conf *xs, uint16_t x_count, const char *const *nx,
			const struct track_conf *ys, uint16_t y_count, const char *const *ny)
{
	if (x_count != y_count)
		return false;
	for (uint16_t i = 0; i < x_count; i++)
		if (xs[i].weight != ys[i].weight || xs[i].reverse != ys[i].reverse ||
		    xs[i].scaled != ys[i].scaled || strcmp(nx[xs[i].index], ny[ys[i].index]) != 0)
			return false;
	return true;
}

static bool same_routes(const struct node_conf *na, const struct instance_conf *a,
			const struct node_conf *nb, const struct instance_conf *b)
{
	if (a->route_count != b->route_count)
		return false;
	for (uint16_t i = 0; i < a->route_count; i++) {
		uint16_t x = a->routes[i].link, y = b->routes[i].link;

		if (strcmp(a->routes[i].text, b->routes[i].text) != 0 ||
		    (x == LINK_NONE) != (y == LINK_NONE) ||
		    (x != LINK_NONE && !same_link(na, x, nb, y)))
			return false;
	}
	return true;
}

static bool same_paths(const struct instance_conf *a, const struct instance_conf *b)
{
	if (a->peer_count != b->peer_count || a->unicast_ttl != b->unicast_ttl ||
	    !addr_equal(&a->source, &b->source) || !addr_equal(&a->group, &b->group))
		return false;
	for (uint16_t i = 0; i < a->peer_count; i++)
		if (!addr_equal(&a->peers[i].addr, &b->peers[i].addr) ||
		    a->peers[i].min_ttl != b->peers[i].min_ttl ||
		    a->peers[i].max_ttl != b->peers[i].max_ttl)
			return false;
	return true;
}

static bool same_garp(const struct garp_conf *a, const struct garp_conf *b)
{
	return a->delay_us == b->delay_us && a->refresh_us == b->refresh_us &&
	       a->repeat == b->repeat && a->refresh_repeat == b->refresh_repeat &&
	       a->lower_prio_delay_us == b->lower_prio_delay_us &&
	       a->lower_prio_repeat == b->lower_prio_repeat;
}

bool instance_conf_same(const struct node_conf *na, const struct instance_conf *a,
			const struct node_conf *nb, const struct instance_conf *b)
{
	return strcmp(a->name, b->name) == 0 && same_link(na, a->link, nb, b->link) &&
	       a->vrid == b->vrid && a->version == b->version && a->family == b->family &&
	       a->priority == b->priority && a->auth_type == b->auth_type &&
	       memcmp(a->auth_key, b->auth_key, sizeof(a->auth_key)) == 0 &&
	       a->advert_us == b->advert_us && a->down_adverts == b->down_adverts &&
	       a->preempt == b->preempt && a->preempt_delay_us == b->preempt_delay_us &&
	       a->answer_lower == b->answer_lower && a->owner_ignore == b->owner_ignore &&
	       a->sum == b->sum && a->sum_strict == b->sum_strict &&
	       a->send_before_yield == b->send_before_yield &&
	       a->track_primary == b->track_primary && same_garp(&a->garp, &b->garp) &&
	       same_vips(na, a, nb, b) && same_routes(na, a, nb, b) && same_paths(a, b) &&
	       same_tracks(a->checks, a->check_count, na->checks, b->checks, b->check_count,
			   nb->checks) &&
	       same_tracks(a->links, a->link_count, na->links, b->links, b->link_count, nb->links);
}
