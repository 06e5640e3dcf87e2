#include "sim/study.h"

#include <string.h>

#include "base/err.h"
#include "sim/standin.h"

enum {
	CALM_US = 60000000, /* every check has reported, somebody is MASTER */
	WATCH_LEAST_US = 180000000,
	PAIR_GAP_US = 30000000,
	BACK_US = 120000000, /* a service, a host comes back after so long */
	PAUSE_US = 60000000,
	SLOW_US = 10000000,  /* longer than this without service is slow */
	STUCK_US = 30000000, /* so long on a host that does not serve is stuck */
	SPLIT_US = 1000000,  /* a hand-over is shorter */
	NAME_LEN = 64,
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
	enum check_kind *kinds = arena_array(s->arena, m->node.check_count, sizeof(*kinds));
	struct addr *sources = arena_array(s->arena, m->node.link_count, sizeof(*sources));
	struct addr *sources6 = arena_array(s->arena, m->node.link_count, sizeof(*sources6));
	uint8_t *plugged = arena_array(s->arena, m->node.link_count, 1);

	if (node == NULL || kinds == NULL || sources == NULL || sources6 == NULL || plugged == NULL)
		return E_NOMEM;
	node->crypto = &standin_crypto;
	for (uint16_t c = 0; c < node->check_count; c++) {
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

/* ---- cases ------------------------------------------------------------------------------ */

struct case_list {
	struct study_case *list;
	uint32_t count, room;
};

static void add_case(struct case_list *l, enum study_fault fault, uint8_t host, uint16_t index)
{
	if (l->count < l->room)
		l->list[l->count++] = (struct study_case){ fault, host, index };
}

static bool link_is_used(const struct node_conf *n, uint16_t link)
{
	for (uint32_t i = 0; i < n->instance_count; i++)
		if (n->instances[i].link == link)
			return true;
	return false;
}

uint32_t study_cases(const struct study *s, struct study_case *list, uint32_t room)
{
	static const enum study_fault plain[] = { STUDY_POWER,        STUDY_POWER_BACK,
						  STUDY_KILL,         STUDY_HANG,
						  STUDY_PAUSE,        STUDY_SERVICE_DOWN,
						  STUDY_SERVICE_BACK, STUDY_SERVICE_HUNG };
	struct case_list l = { list, 0, room };

	add_case(&l, STUDY_CALM, SIM_NONE, 0);
	for (uint8_t h = 0; h < s->conf->host_count; h++) {
		const struct node_conf *n = s->world.hosts[h].node;

		for (size_t f = 0; f < sizeof(plain) / sizeof(plain[0]); f++)
			add_case(&l, plain[f], h, 0);
		for (uint16_t c = 0; c < n->check_count; c++)
			add_case(&l, STUDY_CHECK, h, c);
		for (uint16_t k = 0; k < n->link_count; k++)
			if (link_is_used(n, k))
				add_case(&l, STUDY_LINK, h, k);
		add_case(&l, STUDY_FILTER_OUT, h, 0);
	}
	add_case(&l, STUDY_FILTER, SIM_NONE, 0);
	return l.count;
}

void study_case_text(struct text *t, const struct study *s, const struct study_case *c)
{
	static const char *const texts[] = {
#define X(id, text) [id] = text,
		STUDY_FAULTS(X)
#undef X
	};
	const struct node_conf *n = c->host != SIM_NONE ? s->world.hosts[c->host].node : NULL;

	for (const char *p = texts[c->fault]; *p != '\0'; p++) {
		if (strncmp(p, "{host}", 6) == 0) {
			text_str(t, s->conf->names[c->host]);
			p += 5;
		} else if (strncmp(p, "{what}", 6) == 0) {
			text_str(t, c->fault == STUDY_CHECK ? n->checks[c->index]
							    : n->links[c->index]);
			p += 5;
		} else {
			text_char(t, *p);
		}
	}
}

/* ---- the faults ------------------------------------------------------------------------- */

static void filter_from(struct world *w, uint8_t from)
{
	for (uint8_t to = 0; to < w->conf->host_count; to++)
		if (to != from)
			world_filter(w, from, to, true);
}

static void strike(struct world *w, const struct study_case *c)
{
	switch (c->fault) {
	case STUDY_CALM:
		return;
	case STUDY_POWER:
	case STUDY_POWER_BACK:
		world_power(w, c->host, false);
		return;
	case STUDY_KILL:
		world_daemon_kill(w, c->host);
		return;
	case STUDY_HANG:
		world_daemon_hang(w, c->host, true);
		return;
	case STUDY_PAUSE:
		world_pause(w, c->host, true);
		return;
	case STUDY_SERVICE_DOWN:
	case STUDY_SERVICE_BACK:
		world_service(w, c->host, SERVICE_DOWN);
		return;
	case STUDY_SERVICE_HUNG:
		world_service(w, c->host, SERVICE_HUNG);
		return;
	case STUDY_CHECK:
		world_check_broken(w, c->host, c->index, true);
		return;
	case STUDY_LINK:
		world_carrier(w, c->host, c->index, false);
		return;
	case STUDY_FILTER_OUT:
		filter_from(w, c->host);
		return;
	case STUDY_FILTER:
		for (uint8_t h = 0; h < w->conf->host_count; h++)
			filter_from(w, h);
		return;
	case STUDY_FAULT_COUNT:
		return;
	}
}

/* How long after the fault its end comes, USEC_NEVER: it stays. */
static usec_t mended_after(const struct study_case *c)
{
	if (c->fault == STUDY_PAUSE)
		return PAUSE_US;
	if (c->fault == STUDY_POWER_BACK || c->fault == STUDY_SERVICE_BACK)
		return BACK_US;
	return USEC_NEVER;
}

static void mend(struct world *w, const struct study_case *c)
{
	if (c->fault == STUDY_PAUSE)
		world_pause(w, c->host, false);
	else if (c->fault == STUDY_POWER_BACK)
		world_power(w, c->host, true);
	else if (c->fault == STUDY_SERVICE_BACK)
		world_service(w, c->host, SERVICE_UP);
}

/* ---- watching --------------------------------------------------------------------------- */

enum { ROUTERS_MAX = 32 };

/* One virtual router during a case. */
struct tally {
	usec_t address_us, service_us, split_us, stuck_us, stale_us;
	usec_t moved_at; /* when the first host other than the one before held it; USEC_NEVER */
	uint8_t before;
	uint16_t holders;
	bool served, reached, ill, stale; /* since |since| */
	struct study_mark marks[STUDY_MARKS];
	uint16_t mark_count;
	char stuck[320]; /* why, as it was when it had been stuck for a while */
	char split[160], stale_why[200];
};

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

/* Who holds the address and is there to answer for it. */
static uint16_t holders_of(const struct world *w, const struct router *r)
{
	uint16_t holders = 0;

	for (uint8_t h = 0; h < w->conf->host_count; h++)
		if (w->hosts[h].power == POWER_ON && host_holds(w, r, h))
			holders |= (uint16_t)(1u << h);
	return holders;
}

static bool is_split(uint16_t holders)
{
	return (holders & (holders - 1)) != 0;
}

static uint8_t only_one(uint16_t holders)
{
	uint8_t h = 0;

	if (holders == 0 || is_split(holders))
		return SIM_NONE;
	while (!(holders & 1u << h))
		h++;
	return h;
}

/* "80 > 70" and what makes it so: why |holder| keeps the address from |other|. */
static void explain_sum(struct text *t, const struct world *w, const struct router *r,
			uint8_t other)
{
	const struct instance *i = host_instance(w, r, other);
	const struct host *h = &w->hosts[other];

	for (uint16_t n = 0; i != NULL && n < i->conf->check_count; n++) {
		const struct track_conf *track = &i->conf->checks[n];

		if (h->node.checks[track->index] != VERDICT_DOWN || track->weight >= 0)
			continue;
		text_fmt(t, ": %s's %s fails too (%d)", h->conf->name,
			 h->conf->node->checks[track->index], track->weight);
		if (h->conf->kinds[track->index] == CHECK_WRITABLE &&
		    h->service.state == SERVICE_UP && !h->service.writable)
			text_str(t, ", because a replica is read-only");
		return;
	}
}

static void explain_stuck(struct text *t, const struct world *w, const struct router *r,
			  uint8_t holder)
{
	const struct instance *mine = host_instance(w, r, holder);
	const char *where = w->hosts[holder].conf->name;

	text_fmt(t, "%s keeps the address without the service", where);
	for (uint8_t h = 0; h < w->conf->host_count; h++) {
		const struct instance *i = host_instance(w, r, h);

		if (h == holder || i == NULL || mine == NULL)
			continue;
		if (i->priority <= mine->priority) {
			text_fmt(t, ", %u %s %u", mine->priority,
				 mine->priority == i->priority ? "=" : ">", i->priority);
			explain_sum(t, w, r, h);
		} else if (!i->conf->preempt) {
			text_fmt(t, ", %u < %u, but %s has nopreempt", mine->priority, i->priority,
				 w->hosts[h].conf->name);
		} else if (i->conf->preempt_delay_us > 0 && !i->preempt_ready) {
			text_fmt(t, ", %u < %u, but preempt_delay holds %s back for ",
				 mine->priority, i->priority, w->hosts[h].conf->name);
			text_seconds(t, i->conf->preempt_delay_us);
			text_str(t, " s");
		}
		return;
	}
	if (mine != NULL && mine->conf->check_count == 0)
		text_str(t, ": no check looks at it");
}

/* The moment a tally has been stuck long enough to be told, and each time the story changes. */
static void note_stuck(struct tally *t, const struct world *w, const struct router *r)
{
	uint8_t holder = only_one(t->holders);
	char buf[200];
	struct text line = TEXT(buf);

	if (holder == SIM_NONE || t->stuck_us < STUCK_US)
		return;
	explain_stuck(&line, w, r, holder);
	if (strstr(t->stuck, buf) == NULL) {
		struct text all = { t->stuck, strlen(t->stuck), sizeof(t->stuck), false };

		if (all.len > 0)
			text_str(&all, "; then ");
		text_str(&all, buf);
	}
}

static void note_split(struct tally *t, const struct world *w)
{
	struct text line = TEXT(t->split);
	bool first = true;

	for (uint8_t h = 0; h < w->conf->host_count; h++)
		if (t->holders & 1u << h) {
			text_fmt(&line, "%s%s", first ? "" : " and ", w->hosts[h].conf->name);
			first = false;
		}
	text_str(&line, " hold the address at once");
	for (uint8_t h = 0; h < w->conf->host_count; h++)
		if ((t->holders & 1u << h) && w->hosts[h].daemon != DAEMON_RUNS)
			text_fmt(&line, ": nobody takes it from %s, whose daemon is %s",
				 w->hosts[h].conf->name,
				 w->hosts[h].daemon == DAEMON_HANGS ? "hanging" : "dead");
}

static void note_stale(struct tally *t, const struct world *w, const struct router *r, uint8_t host)
{
	const struct instance *i = host_instance(w, r, host);
	struct text line = TEXT(t->stale_why);

	text_fmt(&line, "%s serves without rows that were acknowledged", w->hosts[host].conf->name);
	if (i != NULL)
		text_fmt(&line, ": its priority %u says nothing of its data", i->priority);
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
		t->split_us += is_split(t->holders) ? past : 0;
		t->stuck_us = t->ill ? t->stuck_us + past : 0;
		t->stale_us += t->stale ? past : 0;
		if (t->ill)
			note_stuck(t, x->world, r);
		if (is_split(t->holders) && t->split_us > SPLIT_US && t->split[0] == '\0')
			note_split(t, x->world);
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
		t->reached = reached != SIM_NONE;
		t->served = t->reached && client_served(w, 0, vip, w->conf->need);
		t->ill = t->reached && !t->served && could_be_better(w, reached);
		t->stale = t->served && x->study->needs_write && host_lacks_rows(w, reached);
		if (t->stale && t->stale_why[0] == '\0')
			note_stale(t, w, r, reached);
		if (x->counting && t->moved_at == USEC_NEVER && t->holders != 0 &&
		    only_one(t->holders) != t->before && only_one(t->holders) != SIM_NONE)
			t->moved_at = w->now - x->fault_at;
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
		text_str(t, "nobody holds the address at the end");
		return;
	}
	if (y->moved_at == USEC_NEVER) {
		text_fmt(t, "%s keeps the address", s->conf->names[after]);
		return;
	}
	text_fmt(t, "%s has it after ", s->conf->names[after]);
	text_seconds(t, y->moved_at / 1000 * 1000);
	text_str(t, " s");
	if (s->needs_write && y->service_us > y->moved_at + SLOW_US)
		text_str(t, ", a read-only replica until somebody promotes it");
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
		text_str(&reason, t->split);
	else if (ret->verdict == STUDY_STUCK && t->stuck[0] != '\0')
		text_str(&reason, t->stuck);
	else
		reason_moved(&reason, s, t, ret->after);
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
		at[i][1] = mended_after(&cases[i]);
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
		world_run(w, next);
		if (what == 2)
			break;
		if (what == 0)
			strike(w, &cases[who]);
		else
			mend(w, &cases[who]);
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
