#include "sim/invariants.h"

#include <string.h>

#include "base/err.h"
#include "sim/laws.h"

enum {
	RETRY_ADDRESS_US = 5000000, /* core tries a refused address again after that */
	RETRY_RELEASE_US = 1000000, /* and a refused removal after that */
	HEAL_US = 1000000,          /* and puts back what somebody else removed, so often at most */
	SLACK_US = 2000,
};

/* ---- helpers ---------------------------------------------------------------------------- */

static struct watched *watched_of(struct watch *t, uint8_t host, uint32_t instance)
{
	return &t->list[host * t->stride + instance];
}

/* Notes a violation; returns where to write the particulars. */
static struct text blame(struct watch *t, const struct world *w, uint8_t host)
{
	t->violation.found = true;
	t->violation.at = w->now;
	t->violation.host = host;
	return TEXT(t->violation.text);
}

static const char *name_of(const struct world *w, uint8_t host)
{
	return w->conf->hosts[host].name;
}

/* The longest an honest frame takes on a path that loses nothing. */
static usec_t transit(const struct world *w, const struct router *g, uint8_t from, uint8_t to)
{
	const struct path *p = &w->net.paths[g->lan][from][to];

	return p->delay_us + p->jitter_us;
}

static usec_t kernel_time(const struct world_conf *c)
{
	return c->kernel.delay_us + c->kernel.jitter_us;
}

/* ---- after a step ----------------------------------------------------------------------- */

static void see_laws(struct watch *t, struct world *w, const struct stepped *s)
{
	const struct host *h = &w->hosts[s->host];
	bool named = s->instance != INSTANCE_NONE;
	struct law_case c = {
		.node = &h->node,
		.now = s->now,
		.ev = s->ev,
		.before = named ? &s->before : NULL,
		.after = named ? &h->node.instances[s->instance] : NULL,
		.out = s->out,
		.forged = s->packet != NULL && s->packet->forged,
	};
	const struct law *broken = laws_judge(&c);
	struct text text;

	if (broken == NULL)
		return;
	text = blame(t, w, s->host);
	t->violation.name = broken->name;
	t->violation.says = broken->says;
	node_trace(&text, &h->node, s->now, s->ev, s->out);
}

/* The same as the law "wake", from what was really sent instead of what core believes. */
static void see_wake(struct watch *t, struct world *w, const struct stepped *s)
{
	const struct instance_conf *conf;
	struct watched *x;
	bool overslept;
	struct text text;

	if (s->instance == INSTANCE_NONE)
		return;
	x = watched_of(t, s->host, s->instance);
	conf = w->hosts[s->host].node.instances[s->instance].conf;
	overslept = s->before.state == VRRP_MASTER && law_overslept(conf, x->spoke_at, s->now);
	for (uint32_t i = 0; i < s->out->count; i++) {
		const struct action *a = &s->out->list[i];

		if (a->kind == ACT_ADDR_DEL || (a->kind == ACT_STATE && conf->vip_count == 0))
			overslept = false;
		if (a->kind != ACT_SEND)
			continue;
		if (overslept) {
			text = blame(t, w, s->host);
			text_fmt(&text, "%s speaks before it lets go", name_of(w, s->host));
		}
		x->spoke_at = s->now;
	}
}

static bool may_follow(const struct watched *x, enum notify_state told)
{
	if (!x->notified)
		return true;
	if (x->last_told == NOTIFY_STOP || x->last_told == told)
		return false;
	return true;
}

static void see_notify(struct watch *t, struct world *w, const struct stepped *s)
{
	for (uint32_t i = 0; i < s->out->count; i++) {
		const struct action *a = &s->out->list[i];
		struct watched *x;
		struct text text;

		if (a->kind != ACT_NOTIFY)
			continue;
		x = watched_of(t, s->host, a->instance);
		if (!may_follow(x, a->notify.state)) {
			text = blame(t, w, s->host);
			text_fmt(&text, "%s is told %s after %s", name_of(w, s->host),
				 notify_state_name(a->notify.state),
				 notify_state_name(x->last_told));
		}
		x->notified = true;
		x->last_told = a->notify.state;
	}
}

static void see_stillness(struct watch *t, struct world *w, const struct stepped *s)
{
	const struct instance *after;
	struct text text;

	if (s->instance == INSTANCE_NONE)
		return;
	after = &w->hosts[s->host].node.instances[s->instance];
	if (after->state == s->before.state && after->priority == s->before.priority)
		return;
	if (!t->settled)
		return;
	text = blame(t, w, s->host);
	text_fmt(&text, "%s goes from %s %u to %s %u: ", name_of(w, s->host),
		 vrrp_state_name(s->before.state), s->before.priority,
		 vrrp_state_name(after->state), after->priority);
	why_render(&text, &after->why);
}

/* ---- after a moment --------------------------------------------------------------------- */

static bool is_master(const struct world *w, const struct router *g, uint8_t n)
{
	return host_works(&w->hosts[n]) && host_state(w, g, n) == VRRP_MASTER;
}

/* Since when |a| and |b| are both MASTER and nothing has come between them. */
static usec_t undisturbed_since(struct watch *t, const struct world *w, const struct router *g,
				uint8_t a, uint8_t b)
{
	const uint8_t pair[] = { a, b };
	usec_t since = usec_max(w->net.lost_at[a][b], w->net.lost_at[b][a]);

	for (int i = 0; i < 2; i++) {
		const struct host *h = &w->hosts[pair[i]];

		since = usec_max(since, host_instance(w, g, pair[i])->since - h->skew_us);
		since = usec_max(since, h->woke_at);
		since = usec_max(since, watched_of(t, pair[i], g->member[pair[i]])->priority_at);
	}
	return since;
}

/* Each sends within its interval, a deadline may be served late, a frame takes its time on the way,
 * and the answer too. With authentication headers the one whose counter is behind is not heard
 * until it has heard the other. */
static usec_t time_to_agree(const struct world *w, const struct router *g, uint8_t a, uint8_t b)
{
	const struct instance_conf *x = host_instance(w, g, a)->conf;
	const struct instance_conf *y = host_instance(w, g, b)->conf;
	usec_t round = transit(w, g, a, b) + transit(w, g, b, a) + 2 * w->conf->lateness_us +
		       SLACK_US + usec_max(x->advert_us, y->advert_us);

	return x->auth_type == VRRP_AUTH_AH ? (w->conf->host_count + 2u) * round : round;
}

/* RFC 9568 6.4.3: of two MASTERs that hear each other one yields. */
static void look_holders(struct watch *t, struct world *w)
{
	for (uint32_t i = 0; i < w->router_count; i++) {
		const struct router *g = &w->routers[i];

		for (uint8_t a = 0; a < w->conf->host_count; a++) {
			if (!is_master(w, g, a))
				continue;
			for (uint8_t b = (uint8_t)(a + 1); b < w->conf->host_count; b++) {
				struct text text;

				if (!is_master(w, g, b) ||
				    w->now <= undisturbed_since(t, w, g, a, b) +
						      time_to_agree(w, g, a, b))
					continue;
				text = blame(t, w, a);
				text_fmt(&text, "%s and %s are both MASTER of VRID %u",
					 name_of(w, a), name_of(w, b), g->vrid);
				return;
			}
		}
	}
}

static bool has_all(const struct host *h, uint32_t instance)
{
	for (uint16_t v = 0; v < h->conf->node->instances[instance].vip_count; v++)
		if (!h->held[host_vip(h, instance, v)])
			return false;
	return true;
}

static bool has_any(const struct host *h, uint32_t instance)
{
	for (uint16_t v = 0; v < h->conf->node->instances[instance].vip_count; v++)
		if (h->held[host_vip(h, instance, v)])
			return true;
	return false;
}

/* A MASTER has its addresses, and nobody else has any, once the kernel has done what it was asked
 * to do. A removal it refused is asked again after a second. */
static void look_addresses(struct watch *t, struct world *w)
{
	usec_t grace = kernel_time(w->conf) + 2 * w->conf->lateness_us + SLACK_US;

	for (uint8_t n = 0; n < w->conf->host_count; n++) {
		struct host *h = &w->hosts[n];

		for (uint32_t i = 0; host_works(h) && i < h->conf->node->instance_count; i++) {
			const struct instance *x = &h->node.instances[i];
			usec_t since = usec_max(watched_of(t, n, i)->left_at, h->woke_at);
			struct text text;

			if (x->state == VRRP_MASTER || h->unfinished[i] > 0 || !has_any(h, i) ||
			    (x->conf->priority == 255 && x->state == VRRP_INIT))
				continue;
			if (h->refused_at[i] > 0)
				since = usec_max(since, h->refused_at[i] + RETRY_RELEASE_US);
			if (w->now <= since + grace)
				continue;
			text = blame(t, w, n);
			text_fmt(&text, "%s has an address of %s and is %s", name_of(w, n),
				 x->conf->name, vrrp_state_name(x->state));
			return;
		}
	}
}

/* A MASTER has all its addresses: what somebody else removes comes back within a second. */
static void look_restored(struct watch *t, struct world *w)
{
	usec_t grace = HEAL_US + kernel_time(w->conf) + 2 * w->conf->lateness_us + SLACK_US;

	for (uint8_t n = 0; n < w->conf->host_count; n++) {
		struct host *h = &w->hosts[n];

		for (uint32_t i = 0; host_works(h) && i < h->conf->node->instance_count; i++) {
			struct watched *x = watched_of(t, n, i);
			bool whole = h->node.instances[i].state != VRRP_MASTER ||
				     h->unfinished[i] > 0 || has_all(h, i);
			struct text text;

			if (whole || x->broken_at == 0)
				x->broken_at = whole ? 0 : w->now;
			if (whole || w->now <= usec_max(x->broken_at, h->woke_at) + grace)
				continue;
			text = blame(t, w, n);
			text_fmt(&text, "%s is MASTER of %s without its addresses", name_of(w, n),
				 h->conf->node->instances[i].name);
			return;
		}
	}
}

/* MASTER together or not at all, and in FAULT together, as soon as a node is at rest. */
static void look_groups(struct watch *t, struct world *w)
{
	for (uint8_t n = 0; n < w->conf->host_count; n++) {
		struct host *h = &w->hosts[n];
		const struct node_conf *c = h->conf->node;

		if (!host_works(h) || node_deadline(&h->node) <= host_clock(w, n))
			continue;
		for (uint16_t g = 0; g < c->group_count; g++) {
			unsigned in[VRRP_STATE_COUNT] = { 0 };
			uint16_t members = c->groups[g].member_count;
			struct text text;

			for (uint16_t m = 0; m < members; m++)
				in[h->node.instances[c->groups[g].members[m]].state]++;
			if ((in[VRRP_MASTER] == 0 || in[VRRP_MASTER] == members) &&
			    (in[VRRP_FAULT] == 0 || in[VRRP_FAULT] + in[VRRP_INIT] == members))
				continue;
			text = blame(t, w, n);
			text_fmt(&text, "%s: %u MASTER, %u FAULT of %u members", name_of(w, n),
				 in[VRRP_MASTER], in[VRRP_FAULT], members);
			return;
		}
	}
}

/* Who went in order has left nothing behind. (What an owner's predecessor left is the owner's.) */
static void look_leftovers(struct watch *t, struct world *w)
{
	for (uint8_t n = 0; n < w->conf->host_count; n++) {
		const struct host *h = &w->hosts[n];
		struct text text;

		for (uint32_t i = 0; h->in_order && i < h->conf->node->instance_count; i++) {
			if (!has_any(h, i) || h->conf->node->instances[i].priority == 255)
				continue;
			text = blame(t, w, n);
			text_fmt(&text, "%s has stopped and still has an address", name_of(w, n));
			return;
		}
	}
}

static void look_limits(struct watch *t, struct world *w)
{
	struct text text;

	if (!w->restless && !w->overflow)
		return;
	text = blame(t, w, 0);
	text_str(&text, w->restless ? "a node asks for one step after another at one moment"
				    : "a table of the world is too small");
}

/* ---- at the end of the bound ------------------------------------------------------------ */

static void blame_router(struct watch *t, const struct world *w, const struct router *g, uint8_t n,
			 const char *what)
{
	struct text text = blame(t, w, n);

	text_fmt(&text, "VRID %u: %s:", g->vrid, what);
	for (uint8_t h = 0; h < w->conf->host_count; h++) {
		const struct instance *i = host_instance(w, g, h);

		text_fmt(&text, " %s %s %u", name_of(w, h),
			 i != NULL ? vrrp_state_name(i->state) : "gone",
			 i != NULL ? i->priority : 0);
	}
}

/* As the world knows it, not the node: no check says that it must not take part. */
static bool is_well(const struct host *h, const struct instance_conf *c)
{
	for (uint16_t i = 0; i < c->check_count; i++) {
		enum judge_verdict v = h->probes[c->checks[i].index].judge.verdict;

		if (c->checks[i].weight == 0 && (v == JUDGE_UP) == c->checks[i].reverse)
			return false;
	}
	return true;
}

/* Everything is healed, so whoever is well takes part. */
static void end_all_take_part(struct watch *t, struct world *w)
{
	for (uint32_t k = 0; k < w->router_count; k++) {
		const struct router *g = &w->routers[k];

		for (uint8_t n = 0; n < w->conf->host_count; n++) {
			const struct instance *i = host_instance(w, g, n);

			if (i != NULL && is_well(&w->hosts[n], i->conf) &&
			    (i->state == VRRP_BACKUP || i->state == VRRP_MASTER))
				continue;
			if (i == NULL || is_well(&w->hosts[n], i->conf))
				blame_router(t, w, g, n, "not everybody who is well takes part");
		}
	}
}

/* One MASTER if anybody can be one; nobody who may preempt it has a higher priority. */
static void end_best(struct watch *t, struct world *w)
{
	for (uint32_t k = 0; k < w->router_count; k++) {
		const struct router *g = &w->routers[k];
		unsigned able = 0, masters = 0, priority = 0, challenger = 0;

		for (uint8_t n = 0; n < w->conf->host_count; n++) {
			const struct instance *i = host_instance(w, g, n);

			if (i == NULL || i->state == VRRP_INIT || i->state == VRRP_FAULT)
				continue;
			able++;
			if (i->state == VRRP_MASTER) {
				masters++;
				priority = i->priority;
			} else if (i->conf->preempt && i->priority > challenger) {
				challenger = i->priority;
			}
		}
		if (able > 0 && masters == 0)
			blame_router(t, w, g, 0, "no MASTER");
		else if (masters > 1)
			blame_router(t, w, g, 0, "more than one MASTER");
		else if (challenger > priority)
			blame_router(t, w, g, 0, "not the best is MASTER");
	}
}

/* Who knows only the address gets through to the MASTER's host. */
static void end_reach(struct watch *t, struct world *w)
{
	for (uint32_t k = 0; k < w->router_count; k++) {
		const struct router *g = &w->routers[k];

		for (uint8_t n = 0; n < w->conf->host_count; n++) {
			const struct host *h = &w->hosts[n];
			uint16_t count;

			if (!is_master(w, g, n))
				continue;
			count = h->conf->node->instances[g->member[n]].vip_count;
			for (uint16_t v = 0; v < count; v++)
				for (uint8_t c = 0; c < w->conf->client_count; c++)
					if (client_reaches(w, c, host_vip(h, g->member[n], v)) != n)
						blame_router(t, w, g, n,
							     "a client does not reach the MASTER");
		}
	}
}

/* ---- all of them ------------------------------------------------------------------------ */

struct invariant {
	const char *name, *says;
	void (*step)(struct watch *, struct world *, const struct stepped *);
	void (*look)(struct watch *, struct world *);
	void (*end)(struct watch *, struct world *);
};

static const struct invariant invariants[] = {
	{ "laws", "each step is lawful (sim/laws.h)", .step = see_laws },
	{ "lets-go-first", "a paused node lets go first when it wakes", .step = see_wake },
	{ "notify-order", "notifications of an instance follow each other legally",
	  .step = see_notify },
	{ "stillness", "nothing moves under stable input", .step = see_stillness },
	{ "one-holder", "of two MASTERs that hear each other one yields", .look = look_holders },
	{ "address-of-master", "an address is only where MASTER is", .look = look_addresses },
	{ "addresses-back", "a MASTER has all its addresses", .look = look_restored },
	{ "group-agrees", "the members of a sync group agree", .look = look_groups },
	{ "release", "every claim has a release", .look = look_leftovers },
	{ "limits", "a node comes to rest, and the world is large enough", .look = look_limits },
	{ "takes-part", "after healing whoever is well takes part", .end = end_all_take_part },
	{ "best-is-master", "after healing the best healthy node is MASTER", .end = end_best },
	{ "reach", "after healing every client reaches the MASTER", .end = end_reach },
};

enum { INVARIANT_COUNT = sizeof(invariants) / sizeof(invariants[0]) };

static void name_violation(struct watch *t, const struct invariant *i)
{
	if (!t->violation.found || t->violation.name != NULL)
		return;
	t->violation.name = i->name;
	t->violation.says = i->says;
}

/* ---- the hooks -------------------------------------------------------------------------- */

static void remember_step(struct watch *t, struct world *w, const struct stepped *s)
{
	const struct host *h = &w->hosts[s->host];
	const struct instance *after;
	struct watched *x;

	if (s->instance == INSTANCE_NONE)
		return;
	after = &h->node.instances[s->instance];
	x = watched_of(t, s->host, s->instance);
	if (after->priority != s->before.priority)
		x->priority_at = w->now;
	if (after->state == s->before.state)
		return;
	x->moves++;
	if (s->before.state == VRRP_MASTER)
		x->left_at = w->now;
}

static void begin_daemon(struct watch *t, const struct world *w, uint8_t n)
{
	const struct host *h = &w->hosts[n];

	for (uint32_t i = 0; i < h->conf->node->instance_count; i++) {
		struct watched *x = watched_of(t, n, i);

		if (x->start != h->starts)
			*x = (struct watched){ .start = h->starts, .priority_at = w->now };
	}
}

static void on_step(void *ctx, struct world *w, const struct stepped *s)
{
	struct watch *t = ctx;

	if (t->violation.found)
		return;
	begin_daemon(t, w, s->host);
	for (int i = 0; i < INVARIANT_COUNT && !t->violation.found; i++) {
		if (invariants[i].step != NULL)
			invariants[i].step(t, w, s);
		name_violation(t, &invariants[i]);
	}
	remember_step(t, w, s);
	if (t->stepped != NULL)
		t->stepped(t->ctx, w, s);
}

static void on_change(void *ctx, struct world *w)
{
	struct watch *t = ctx;

	for (int i = 0; i < INVARIANT_COUNT && !t->violation.found; i++) {
		if (invariants[i].look != NULL)
			invariants[i].look(t, w);
		name_violation(t, &invariants[i]);
	}
}

int watch_init(struct watch *t, const struct world_conf *conf, struct arena *arena)
{
	uint32_t most = 1;

	for (uint8_t n = 0; n < conf->host_count; n++)
		if (conf->hosts[n].node->instance_count > most)
			most = conf->hosts[n].node->instance_count;
	*t = (struct watch){ .stride = most };
	t->list = arena_array(arena, (size_t)most * SIM_HOSTS_MAX, sizeof(*t->list));
	return t->list == NULL ? E_NOMEM : 0;
}

struct world_hooks watch_hooks(struct watch *t)
{
	return (struct world_hooks){ .ctx = t, .stepped = on_step, .changed = on_change };
}

static usec_t bound_of_instance(const struct instance_conf *c)
{
	return c->preempt_delay_us + 3 * law_down(c, c->advert_us, 1);
}

static usec_t bound_of_check(const struct check_conf *c)
{
	uint32_t runs = (c->rise > c->fall ? c->rise : c->fall) + 2;
	usec_t run = usec_max(c->interval_us, c->timeout_us) + c->interval_us;

	return runs * run + JUDGE_SLACK_US;
}

usec_t watch_bound(const struct world_conf *c)
{
	usec_t protocol = 0, checks = 0;

	for (uint8_t n = 0; n < c->host_count; n++) {
		const struct node_conf *node = c->hosts[n].node;

		for (uint32_t i = 0; i < node->instance_count; i++)
			protocol = usec_max(protocol, bound_of_instance(&node->instances[i]));
		for (uint16_t i = 0; i < c->hosts[n].check_count; i++)
			checks = usec_max(checks, bound_of_check(&c->hosts[n].checks[i]));
	}
	return 2 * c->boot_us + checks + protocol + RETRY_ADDRESS_US + RETRY_RELEASE_US +
	       CLIENT_NOTICES_US + CLIENT_ASKS_US + 20 * (kernel_time(c) + c->lateness_us);
}

void watch_settled(struct watch *t, struct world *w)
{
	t->settled = true;
	for (int i = 0; i < INVARIANT_COUNT && !t->violation.found; i++) {
		if (invariants[i].end != NULL)
			invariants[i].end(t, w);
		name_violation(t, &invariants[i]);
	}
}
