#include "engine/status_instance.h"

#include "base/text.h"
#include "core/reason.h"
#include "io/clock.h"
#include "wire/vrrp.h"

enum { REASON_MAX = 256, TEXT_MAX = 8192 };

json_t *status_text(const char *s)
{
	char buf[TEXT_MAX];
	struct text t = TEXT(buf);
	json_t *json;

	if (s == NULL)
		return json_null();
	text_json(&t, s);
	json = json_loads(buf, JSON_DECODE_ANY, NULL);
	return json != NULL ? json : json_string("?");
}

json_t *status_drops(const uint64_t dropped[DROP_COUNT])
{
	json_t *all = json_object();

	for (int d = DROP_NONE + 1; d < DROP_COUNT; d++)
		json_object_set_new(all, drop_name((enum drop)d),
				    json_integer((json_int_t)dropped[d]));
	return all;
}

/* ---- priority --------------------------------------------------------------------------- */

static json_t *term_json(const char *kind, const char *name, const struct track_conf *t,
			 enum verdict v, int32_t value)
{
	static const char *const verdicts[] = {
		[VERDICT_UNKNOWN] = "unknown", [VERDICT_UP] = "up", [VERDICT_DOWN] = "down"
	};

	return json_pack("{s:s, s:o, s:i, s:b, s:s, s:i}", "kind", kind, "name", status_text(name),
			 "weight", (int)t->weight, "reverse", (int)t->reverse, "verdict",
			 verdicts[v], "contribution", (int)track_contribution(t, v, value));
}

static json_t *priority_json(const struct generation *g, const struct instance *i)
{
	static const char *const kinds[] = { [TRACKED_SCRIPT] = "check", [TRACKED_FILE] = "file" };
	const struct instance_conf *c = i->conf;
	json_t *terms = json_array();

	for (uint16_t n = 0; n < c->check_count; n++) {
		const struct track_conf *t = &c->checks[n];

		json_array_append_new(terms, term_json(kinds[model_kind(g->model, t->index)],
						       g->model->node.checks[t->index], t,
						       g->node.checks[t->index],
						       g->node.values[t->index]));
	}
	for (uint16_t n = 0; n < c->link_count; n++) {
		const struct track_conf *t = &c->links[n];

		json_array_append_new(
			terms,
			term_json("interface", g->model->node.links[t->index], t,
				  g->node.links_up[t->index] ? VERDICT_UP : VERDICT_DOWN, 0));
	}
	return json_pack("{s:i, s:i, s:i, s:o}", "base", (int)c->priority, "effective",
			 (int)i->priority, "total", (int)i->total, "terms", terms);
}

/* ---- the master ------------------------------------------------------------------------- */

static json_t *master_json(const struct generation *g, const struct instance *i)
{
	bool self = i->state == VRRP_MASTER;
	const struct addr *addr = self ? view_source(&g->node.view, i->conf) : &i->master;
	char text[ADDR_TEXT_MAX];

	if (addr->family == ADDR_NONE || (!self && i->state != VRRP_BACKUP))
		return json_null();
	return json_pack("{s:s, s:i, s:b}", "address", addr_print(addr, text), "priority",
			 (int)(self ? i->priority : i->master_priority), "self", (int)self);
}

/* ---- addresses, timers, counters -------------------------------------------------------- */

static json_t *vips_json(const struct generation *g, const struct instance_conf *c)
{
	json_t *list = json_array();
	char text[ADDR_TEXT_MAX];

	for (uint16_t n = 0; n < c->vip_count; n++) {
		const struct vip_conf *v = &c->vips[n];
		bool present = links_vip_present(&g->links, v->link, &v->addr);

		json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:s*, s:b, s:b}", "address",
						      addr_print(&v->addr, text), "prefix",
						      (int)v->prefix, "interface",
						      g->model->node.links[v->link], "label",
						      v->label, "present", (int)present, "listed",
						      n < c->advertised_count));
	}
	return list;
}

static json_t *routes_json(const struct generation *g, uint32_t index)
{
	const struct instance_conf *c = &g->model->node.instances[index];
	json_t *list = json_array();

	for (uint16_t n = 0; n < c->route_count; n++)
		json_array_append_new(
			list,
			json_pack("{s:o, s:s, s:b}", "route", status_text(c->routes[n].text),
				  "kind",
				  g->model->more[index].routings[n].is_rule ? "rule" : "route",
				  "present", (int)routes_present(&g->routes, index, n)));
	return list;
}

/* Microseconds until each timer that runs. */
static json_t *timers_json(const struct instance *i, usec_t now)
{
	static const char *const names[TIMER_COUNT] = {
		[TIMER_REVIEW] = "review_us",
		[TIMER_DOWN] = "master_down_us",
		[TIMER_ADVERT] = "advert_us",
		[TIMER_PREEMPT] = "preempt_delay_us",
		[TIMER_GARP] = "garp_us",
		[TIMER_HEAL] = "heal_us",
		[TIMER_REFRESH] = "garp_refresh_us",
		[TIMER_RETRY] = "retry_us",
	};
	json_t *timers = json_object();

	for (int t = 0; t < TIMER_COUNT; t++) {
		usec_t when = i->timers[t];

		if (when != USEC_NEVER)
			json_object_set_new(timers, names[t],
					    json_integer((json_int_t)(usec_max(when, now) - now)));
	}
	return timers;
}

static json_t *statistics_json(const struct instance_stats *s)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "received",
			 (json_int_t)s->received, "sent", (json_int_t)s->sent, "zero_received",
			 (json_int_t)s->zero_received, "zero_sent", (json_int_t)s->zero_sent,
			 "became_master", (json_int_t)s->became_master, "released_master",
			 (json_int_t)s->released_master, "send_failed", (json_int_t)s->send_failed,
			 "announce_failed", (json_int_t)s->announce_failed, "lost",
			 (json_int_t)s->lost);
}

/* ---- the wire --------------------------------------------------------------------------- */

static json_t *addr_json(const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	return a->family != ADDR_NONE ? json_string(addr_print(a, text)) : json_null();
}

static json_t *peers_json(const struct instance_conf *c)
{
	json_t *list = json_array();

	for (uint16_t n = 0; n < c->peer_count; n++)
		json_array_append_new(list, json_pack("{s:o, s:i, s:i}", "address",
						      addr_json(&c->peers[n].addr), "min_ttl",
						      (int)c->peers[n].min_ttl, "max_ttl",
						      (int)c->peers[n].max_ttl));
	return list;
}

/* What adverts look like; of a key only that there is one. */
static json_t *wire_json(const struct generation *g, const struct instance *i)
{
	static const char *const auth[] = {
		[VRRP_AUTH_NONE] = "none", [VRRP_AUTH_PASS] = "PASS", [VRRP_AUTH_AH] = "AH"
	};
	static const char *const sums[] = {
		[VRRP_SUM_PSEUDO] = "rfc5798", [VRRP_SUM_PLAIN] = "rfc9568"
	};
	const struct instance_conf *c = i->conf;
	bool choice = c->version == 3 && c->family == ADDR_V4;

	return json_pack("{s:s, s:o, s:o, s:o, s:s, s:s*, s:I}", "family",
			 c->family == ADDR_V6 ? "IPv6" : "IPv4", "source",
			 addr_json(view_source(&g->node.view, c)), "group",
			 c->peer_count > 0 ? json_null() : addr_json(&c->group), "peers",
			 peers_json(c), "auth", auth[c->auth_type], "checksum",
			 choice ? sums[i->sum] : NULL, "master_advert_int_us",
			 (json_int_t)i->master_advert_us);
}

json_t *status_instance(const struct status_source *s, uint32_t index)
{
	const struct generation *g = s->gen;
	const struct instance *i = &g->node.instances[index];
	const struct instance_conf *c = i->conf;
	char reason[REASON_MAX], iso[CLOCK_TEXT_MAX];
	struct text t = TEXT(reason);
	usec_t since = i->since != 0 ? i->since : s->started_at;

	why_render(&t, &i->why);
	return json_pack("{s:o, s:o, s:s, s:i, s:i, s:s, s:s, s:I, s:{s:s, s:o}, s:o, s:o, s:b,"
			 " s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "name", status_text(c->name), "group",
			 status_text(i->group != NULL ? i->group->conf->name : NULL), "interface",
			 g->model->node.links[c->link], "vrid", (int)c->vrid, "version",
			 (int)c->version, "state", vrrp_state_name(i->state), "since",
			 clock_iso(clock_wall(since), iso), "since_us",
			 (json_int_t)(s->now - since), "reason", "code", reason_name(i->why.reason),
			 "text", status_text(reason), "priority", priority_json(g, i), "master",
			 master_json(g, i), "preempt", (int)c->preempt, "advert_int_us",
			 (json_int_t)c->advert_us, "addresses", vips_json(g, c), "routes",
			 routes_json(g, index), "timers", timers_json(i, s->now), "statistics",
			 statistics_json(&i->stats), "dropped", status_drops(i->stats.dropped),
			 "noticed", status_drops(i->stats.noticed), "wire", wire_json(g, i));
}
