#include "sim/study.h"

#include <string.h>

#include "base/err.h"
#include "sim/standin.h"
#include "sim/study_inside.h"

enum {
	CALM_US = 60000000, /* every check has reported, somebody is MASTER */
	WATCH_LEAST_US = 180000000,
	PAIR_GAP_US = 30000000,
	BACK_US = 120000000, /* a fault ends after so long at most */
	SLOW_US = 10000000,  /* longer than this without service is slow */
	STUCK_US = 30000000, /* so long on a host that does not serve is stuck */
	SPLIT_US = 1000000,  /* a hand-over is shorter */
	SLICE_US = 5000000,
};

const char *study_verdict_name(enum study_verdict v)
{
	static const char *const names[] = { [STUDY_OK] = "ok",
					     [STUDY_SLOW] = "slow",
					     [STUDY_STUCK] = "stuck",
					     [STUDY_SPLIT] = "split",
					     [STUDY_STALE] = "stale" };

	return names[v];
}

/* ---- worlds out of models --------------------------------------------------------------- */

static enum check_kind kind_of(const struct study_conf *c, const char *name)
{
	for (uint8_t i = 0; i < c->check_count; i++)
		if (strcmp(c->check_names[i], name) == 0)
			return c->check_kinds[i];
	return CHECK_ALIVE;
}

/* Interfaces are plugged in where an instance of the same virtual router lives already, else where
 * one of the same name is; so eth0 here and ens3 there are one LAN if they carry one VRID. */
struct lans {
	struct {
		uint8_t family, vrid, lan;
		const char *link;
	} known[SIM_HOSTS_MAX * 32];
	uint32_t count;
	uint8_t lan_count;
};

static uint8_t find_lan(const struct lans *l, const struct node_conf *n, uint16_t link)
{
	for (uint32_t i = 0; i < n->instance_count; i++)
		for (uint32_t k = 0; n->instances[i].link == link && k < l->count; k++)
			if (l->known[k].vrid == n->instances[i].vrid &&
			    l->known[k].family == n->instances[i].family)
				return l->known[k].lan;
	for (uint32_t k = 0; k < l->count; k++)
		if (strcmp(l->known[k].link, n->links[link]) == 0)
			return l->known[k].lan;
	return SIM_NONE;
}

static bool learn_lan(struct lans *l, const struct node_conf *n, uint16_t link, uint8_t lan)
{
	const uint32_t room = sizeof(l->known) / sizeof(l->known[0]);
	uint32_t before = l->count;

	for (uint32_t i = 0; i < n->instance_count; i++) {
		if (n->instances[i].link != link)
			continue;
		if (l->count == room)
			return false;
		l->known[l->count].family = n->instances[i].family;
		l->known[l->count].vrid = n->instances[i].vrid;
		l->known[l->count].link = n->links[link];
		l->known[l->count++].lan = lan;
	}
	if (l->count > before || l->count == room)
		return l->count < room;
	l->known[l->count].link = n->links[link];
	l->known[l->count++].lan = lan;
	return true;
}

static int plug_in(struct lans *l, const struct node_conf *n, uint8_t *lans)
{
	for (uint16_t link = 0; link < n->link_count; link++) {
		uint8_t lan = find_lan(l, n, link);

		if (lan == SIM_NONE)
			lan = l->lan_count++;
		if (lan >= SIM_LANS_MAX || !learn_lan(l, n, link, lan))
			return E_RANGE;
		lans[link] = lan;
	}
	return 0;
}

/* The address the configuration gives a host, else one of our own making. */
static struct addr source_of(const struct node_conf *n, uint16_t link, uint8_t host, uint8_t family)
{
	struct addr made = addr_v4(0xc0000201u + host);

	for (uint32_t i = 0; i < n->instance_count; i++)
		if (n->instances[i].link == link && n->instances[i].source.family == family)
			return n->instances[i].source;
	if (family == ADDR_V6)
		made = (struct addr){ ADDR_V6, { 0xfe, 0x80, [15] = (uint8_t)(host + 1) } };
	return made;
}

static int make_host(struct study *s, uint8_t h, struct lans *lans)
{
	const struct model *m = s->conf->models[h];
	struct node_conf *node = arena_dup(s->arena, &m->node, sizeof(*node));
	uint16_t scripts = m->tracked[TRACKED_SCRIPT], files = m->tracked[TRACKED_FILE];
	enum check_kind *kinds = arena_array(s->arena, scripts, sizeof(*kinds));
	int32_t *values = arena_array(s->arena, files, sizeof(*values));
	struct addr *sources = arena_array(s->arena, m->node.link_count, sizeof(*sources));
	struct addr *sources6 = arena_array(s->arena, m->node.link_count, sizeof(*sources6));
	uint8_t *plugged = arena_array(s->arena, m->node.link_count, 1);

	if (node == NULL || kinds == NULL || values == NULL || sources == NULL ||
	    sources6 == NULL || plugged == NULL)
		return E_NOMEM;
	node->crypto = &standin_crypto;
	for (uint16_t f = 0; f < files; f++)
		values[f] = m->files[f].init ? m->files[f].init_value : 0;
	for (uint16_t c = 0; c < scripts; c++) {
		kinds[c] = kind_of(s->conf, node->checks[c]);
		s->needs_write |= kinds[c] == CHECK_WRITABLE;
	}
	for (uint16_t l = 0; l < node->link_count; l++) {
		sources[l] = source_of(node, l, h, ADDR_V4);
		sources6[l] = source_of(node, l, h, ADDR_V6);
	}
	s->world.hosts[h] = (struct host_conf){ .name = s->conf->names[h],
						.node = node,
						.checks = m->checks,
						.kinds = kinds,
						.check_count = scripts,
						.values = values,
						.sources = sources,
						.sources6 = sources6,
						.lans = plugged };
	return plug_in(lans, node, plugged);
}

static usec_t longest_delay(const struct study_conf *c)
{
	usec_t longest = 0;

	for (uint8_t h = 0; h < c->host_count; h++) {
		const struct node_conf *n = &c->models[h]->node;

		for (uint32_t i = 0; i < n->instance_count; i++)
			longest = usec_max(longest, n->instances[i].preempt_delay_us);
	}
	return longest;
}

int study_init(struct study *s, const struct study_conf *conf, struct arena *arena)
{
	struct lans lans = { .count = 0 };
	int err = 0;

	*s = (struct study){ .conf = conf, .arena = arena, .calm_us = CALM_US };
	for (uint8_t h = 0; h < conf->host_count && err == 0; h++)
		err = make_host(s, h, &lans);
	if (err < 0)
		return err;
	s->watch_us = WATCH_LEAST_US + 2 * conf->promote_us + longest_delay(conf) + BACK_US;
	s->world.host_count = conf->host_count;
	s->world.client_count = 1;
	s->world.path = (struct path){ .delay_us = 200 };
	s->world.probe_us = 20000;
	s->world.promotion = conf->promotion;
	s->world.promote_us = conf->promote_us;
	s->world.primary = s->needs_write ? 0 : SIM_NONE;
	s->world.need = s->needs_write ? NEED_WRITE : NEED_ANSWER;
	s->world.seed = 1;
	s->world.queue_room = 8192;
	s->world.packet_room = 2048;
	return 0;
}

/* ---- watching --------------------------------------------------------------------------- */

enum { ROUTERS_MAX = 32 };

struct watcher {
	const struct study *study;
	const struct study_watcher *user;
	struct world *world;
	struct tally tallies[ROUTERS_MAX];
	uint32_t routers;
	usec_t since, fault_at;
	bool counting;
};

static uint16_t vip_of(const struct world *w, const struct router *r)
{
	for (uint8_t h = 0; h < w->conf->host_count; h++)
		if (r->member[h] != INSTANCE_NONE &&
		    w->hosts[h].conf->node->instances[r->member[h]].vip_count > 0)
			return host_vip(&w->hosts[h], r->member[h], 0);
	return UINT16_MAX;
}

static bool within_reach(const struct world *w, const struct router *r, uint8_t host)
{
	const struct host *h = &w->hosts[host];
	uint16_t link = h->conf->node->instances[r->member[host]].link;

	return h->power == POWER_ON && h->carrier[link] &&
	       net_both_ways(&w->net, r->lan, host, world_client_end(0));
}

/* Who holds the address where clients can get at it: elsewhere it does no harm and no good. */
static uint16_t holders_of(const struct world *w, const struct router *r)
{
	uint16_t holders = 0;

	for (uint8_t h = 0; h < w->conf->host_count; h++)
		if (host_holds(w, r, h) && within_reach(w, r, h))
			holders |= (uint16_t)(1u << h);
	return holders;
}

/* Adds the time since the last change to what has been so since then. */
static void count(struct watcher *x, usec_t now)
{
	usec_t past = now - x->since;

	for (uint32_t n = 0; x->counting && n < x->routers; n++) {
		struct tally *t = &x->tallies[n];
		const struct router *r = &x->world->routers[n];

		t->address_us += t->reached ? 0 : past;
		t->service_us += t->served ? 0 : past;
		t->split_us += t->split ? past : 0;
		t->stuck_us = t->ill ? t->stuck_us + past : 0;
		t->stale_us += t->stale ? past : 0;
		t->empty_us = t->holders == 0 ? t->empty_us + past : 0;
		if (t->ill && t->stuck_us >= STUCK_US)
			study_note_stuck(t, x->world, r);
		if (t->empty_us > SLOW_US && t->nobody[0] == '\0')
			study_note_nobody(t, x->world, r);
		if (t->split && t->split_us > SPLIT_US && t->split_why[0] == '\0')
			study_note_split(t, x->world, r);
	}
	x->since = now;
}

static void remember(struct watcher *x, struct tally *t)
{
	struct study_mark m = { x->world->now - x->fault_at, t->holders, t->served };
	const struct study_mark *last = t->mark_count > 0 ? &t->marks[t->mark_count - 1] : NULL;

	if (!x->counting || t->mark_count == STUDY_MARKS)
		return;
	if (last != NULL && last->holders == m.holders && last->served == m.served)
		return;
	t->marks[t->mark_count++] = m;
}

/* Whether the address is in the wrong place: nothing answers there, or another host would serve. A
 * replica that answers and waits for somebody to promote it is not wrong, only slow. */
static bool could_be_better(const struct world *w, uint8_t holder)
{
	if (!host_serves(w, holder, NEED_ANSWER))
		return true;
	for (uint8_t h = 0; h < w->conf->host_count; h++)
		if (h != holder && host_serves(w, h, w->conf->need))
			return true;
	return false;
}

static void look(struct watcher *x)
{
	struct world *w = x->world;

	for (uint32_t n = 0; n < x->routers; n++) {
		const struct router *r = &w->routers[n];
		struct tally *t = &x->tallies[n];
		uint16_t vip = vip_of(w, r);
		uint8_t reached = vip != UINT16_MAX ? client_reaches(w, 0, vip) : SIM_NONE;

		t->holders = holders_of(w, r);
		t->split = is_split(t->holders);
		t->reached = reached != SIM_NONE;
		t->served = t->reached && client_served(w, 0, vip, w->conf->need);
		t->ill = t->reached && !t->served && could_be_better(w, reached);
		t->stale = t->served && x->study->needs_write && host_lacks_rows(w, reached);
		if (t->stale && t->stale_why[0] == '\0')
			study_note_stale(t, w, r, reached);
		if (x->counting && t->moved_at == USEC_NEVER && t->holders != 0 &&
		    only_one(t->holders) != t->before && only_one(t->holders) != SIM_NONE) {
			t->moved_at = w->now - x->fault_at;
			t->mover = only_one(t->holders);
		}
		remember(x, t);
	}
}

static void on_changed(void *ctx, struct world *w)
{
	struct watcher *x = ctx;

	count(x, w->now);
	look(x);
}

static int64_t since_fault(const struct watcher *x)
{
	return (int64_t)x->world->now - (int64_t)x->study->calm_us;
}

static void on_stepped(void *ctx, struct world *w, const struct stepped *s)
{
	struct watcher *x = ctx;

	if (x->user != NULL)
		x->user->stepped(x->user->ctx, since_fault(x), w, s);
}

static void on_marked(void *ctx, struct world *w, uint8_t host, const char *what)
{
	struct watcher *x = ctx;

	if (x->user != NULL)
		x->user->marked(x->user->ctx, since_fault(x), w->hosts[host].conf->name, what);
}

/* ---- judging ---------------------------------------------------------------------------- */

static enum study_verdict judge(const struct study *s, const struct tally *t)
{
	if (t->stale_us > 0)
		return STUDY_STALE;
	if (t->split_us > SPLIT_US)
		return STUDY_SPLIT;
	if (t->stuck[0] != '\0' || t->service_us >= s->watch_us / 2)
		return STUDY_STUCK;
	return t->service_us > SLOW_US ? STUDY_SLOW : STUDY_OK;
}

static void reason_moved(struct text *t, const struct study *s, const struct tally *y,
			 uint8_t after)
{
	if (after == SIM_NONE) {
		text_fmt(t, "nobody holds the address at the end%s%s",
			 y->nobody[0] != '\0' ? ": " : "", y->nobody);
		return;
	}
	if (y->moved_at == USEC_NEVER) {
		text_fmt(t, "%s keeps the address", s->conf->names[after]);
		return;
	}
	text_fmt(t, "%s has it after ", s->conf->names[y->mover]);
	text_seconds(t, y->moved_at / 1000 * 1000);
	text_str(t, " s");
	if (y->nobody[0] != '\0' && y->moved_at > SLOW_US)
		text_fmt(t, "; before that %s", y->nobody);
	else if (s->needs_write && y->service_us > y->moved_at + SLOW_US)
		text_str(t, ", a read-only replica until somebody promotes it");
	if (after != y->mover)
		text_fmt(t, "; %s at the end", s->conf->names[after]);
}

static void fill(const struct study *s, const struct tally *t, uint32_t router,
		 struct study_result *ret)
{
	struct text reason = TEXT(ret->reason);

	ret->router = router;
	ret->before = t->before;
	ret->after = only_one(t->holders);
	ret->address_us = t->address_us;
	ret->service_us = t->service_us;
	ret->split_us = t->split_us;
	ret->verdict = judge(s, t);
	memcpy(ret->marks, t->marks, sizeof(ret->marks));
	ret->mark_count = t->mark_count;
	if (ret->verdict == STUDY_STALE)
		text_str(&reason, t->stale_why);
	else if (ret->verdict == STUDY_SPLIT)
		text_str(&reason, t->split_why);
	else if (ret->verdict == STUDY_STUCK && t->stuck[0] != '\0')
		text_str(&reason, t->stuck);
	else
		reason_moved(&reason, s, t, ret->after);
}

/* Looks now and then even if nothing changes, so that what lasts is noted while it does. */
static void run_slices(struct world *w, struct watcher *x, usec_t until)
{
	while (w->now < until) {
		world_run(w, usec_min(until, w->now + SLICE_US));
		on_changed(x, w);
	}
}

static void run_case(const struct study *s, struct world *w, struct watcher *x,
		     const struct study_case *cases, uint8_t n)
{
	usec_t end = s->calm_us + s->watch_us, at[2][2];

	for (uint8_t h = 0; h < w->conf->host_count; h++)
		world_power(w, h, true);
	world_run(w, s->calm_us);
	world_arm_promotion(w);
	x->counting = true;
	x->fault_at = x->since = w->now;
	for (uint32_t r = 0; r < x->routers; r++)
		x->tallies[r].before = only_one(holders_of(w, &w->routers[r]));
	look(x);
	for (uint8_t i = 0; i < n; i++) {
		at[i][0] = s->calm_us + i * (usec_t)PAIR_GAP_US;
		at[i][1] = study_mended_after(&cases[i]);
		if (at[i][1] != USEC_NEVER)
			at[i][1] += at[i][0];
	}
	for (;;) {
		usec_t next = end;
		uint8_t who = 0, what = 2;

		for (uint8_t i = 0; i < n; i++)
			for (uint8_t k = 0; k < 2; k++)
				if (at[i][k] < next) {
					next = at[i][k];
					who = i;
					what = k;
				}
		run_slices(w, x, next);
		if (what == 2)
			break;
		if (what == 0)
			study_strike(w, &cases[who]);
		else
			study_mend(w, &cases[who]);
		at[who][what] = USEC_NEVER;
	}
	count(x, end);
}

int study_run(const struct study *s, const struct study_case *cases, uint8_t n,
	      const struct study_watcher *user, struct arena *scratch, struct study_result *ret)
{
	struct world *w = arena_new(scratch, struct world);
	struct watcher *x = arena_new(scratch, struct watcher);
	struct world_hooks hooks = { x, on_stepped, on_changed, on_marked };
	uint32_t worst = 0;
	int err;

	if (w == NULL || x == NULL)
		return E_NOMEM;
	*x = (struct watcher){ .study = s, .user = user, .world = w };
	err = world_init(w, &s->world, &hooks, scratch);
	if (err < 0)
		return err;
	x->routers = w->router_count < ROUTERS_MAX ? w->router_count : ROUTERS_MAX;
	for (uint32_t r = 0; r < x->routers; r++)
		x->tallies[r].moved_at = USEC_NEVER;
	run_case(s, w, x, cases, n);
	for (uint32_t r = 1; r < x->routers; r++) {
		const struct tally *a = &x->tallies[r], *b = &x->tallies[worst];

		if (judge(s, a) > judge(s, b) ||
		    (judge(s, a) == judge(s, b) && a->service_us > b->service_us))
			worst = r;
	}
	*ret = (struct study_result){ .case_count = n };
	memcpy(ret->cases, cases, n * sizeof(*cases));
	if (x->routers > 0)
		fill(s, &x->tallies[worst], worst, ret);
	return w->overflow ? E_FULL : 0;
}
