#include "sim/small.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "wire/ip.h"

enum {
	FORGET_US = 4000000, /* what is overdue by more than this is told no longer apart */
	STEPS_AT_ONCE = 64,
};

/* Times of the workbench are counted from here. */
#define NOW (1000 * USEC_PER_SEC)

static const char *const move_texts[] = {
#define X(id, text, fault) text,
	MOVE_LIST(X)
#undef X
};

static const bool move_faults[] = {
#define X(id, text, fault) fault,
	MOVE_LIST(X)
#undef X
};

static const struct law law_address = { "address-of-master", "an address is only where MASTER is" };
static const struct law law_rest = { "rest", "a node comes to rest" };

/* ---- between a state and a workbench ---------------------------------------------------- */

static usec_t from_small(int32_t t)
{
	return t == SMALL_NEVER ? USEC_NEVER : (usec_t)((int64_t)NOW + t);
}

static int32_t to_small(usec_t t)
{
	return t == USEC_NEVER ? SMALL_NEVER : (int32_t)((int64_t)t - (int64_t)NOW);
}

/* Fills |i| with noise but for what it is made of. */
static void blur(struct prng *r, struct instance *i)
{
	struct instance was = *i;
	uint64_t word;

	for (size_t at = 0; at + sizeof(word) <= sizeof(*i); at += sizeof(word)) {
		word = prng_next(r);
		memcpy((uint8_t *)i + at, &word, sizeof(word));
	}
	i->conf = was.conf;
	i->due = was.due;
	i->group = was.group;
	i->outgoing = was.outgoing;
	i->sum = was.sum;
}

/* Fills the workbench of host |n|. What is not filled in (counters, reasons, what was logged) has
 * no say in what the node does. */
static void load(struct small *w, const struct small_state *s, uint8_t n)
{
	const struct small_host *h = &s->hosts[n];
	struct node *node = &w->nodes[n];
	struct instance *i = &node->instances[0];

	if (w->noise.state != 0)
		blur(&w->noise, i);
	for (int t = 0; t < TIMER_COUNT; t++)
		i->timers[t] = from_small(h->timers[t]);
	instance_arm(i, TIMER_REVIEW, i->timers[TIMER_REVIEW]);
	i->down_base = from_small(h->down_base);
	i->last_advert = from_small(h->last_advert);
	i->master_advert_us = (usec_t)h->master_advert_us;
	i->total = h->total;
	i->state = h->state;
	i->priority = h->priority;
	i->started = h->started;
	i->stopped = h->stopped;
	i->cleaned = h->cleaned;
	i->addr_fault = h->addr_fault;
	i->route_fault = false; /* there are none */
	i->release = h->release;
	i->down_is_skew = h->down_is_skew;
	i->preempt_ready = h->preempt_ready;
	i->wants = h->wants;
	i->ill = h->ill;
	i->ah_sequence = i->ah_sent = 0;
	i->garp_repeat = i->conf->garp.repeat;
	node->links_up[0] = h->link;
	node->view.started = h->node_started;
	node->view.stopping = h->node_stopping;
	if (node->conf->check_count > 0)
		node->checks[0] = h->check_up ? VERDICT_UP : VERDICT_DOWN;
}

static void store(const struct small *w, struct small_state *s, uint8_t n)
{
	const struct node *node = &w->nodes[n];
	const struct instance *i = &node->instances[0];
	struct small_host *h = &s->hosts[n];

	for (int t = 0; t < TIMER_COUNT; t++)
		h->timers[t] = to_small(i->timers[t]);
	h->down_base = i->state == VRRP_BACKUP ? to_small(i->down_base) : 0;
	h->last_advert = i->state == VRRP_MASTER ? to_small(i->last_advert) : 0;
	h->master_advert_us = (int32_t)i->master_advert_us;
	h->total = (int16_t)i->total;
	h->state = (uint8_t)i->state;
	h->priority = i->priority;
	h->started = i->started;
	h->stopped = i->stopped;
	h->cleaned = i->cleaned;
	h->addr_fault = i->addr_fault;
	h->release = i->release;
	h->down_is_skew = i->state == VRRP_BACKUP && i->down_is_skew;
	h->preempt_ready = i->preempt_ready;
	h->wants = i->wants;
	h->ill = i->ill;
	h->node_started = node->view.started;
	h->node_stopping = node->view.stopping;
}

int small_init(struct small *w, const struct cluster *c, int32_t flight_us, uint32_t allowed,
	       struct arena *arena)
{
	int err = 0;

	assert(c->hosts <= SMALL_HOSTS_MAX && c->routers == 1 && c->checks <= 1);
	assert(c->family == ADDR_V4 && c->auth != VRRP_AUTH_AH && !c->unicast);
	memset(w, 0, sizeof(*w));
	w->cluster = *c;
	w->flight_us = flight_us;
	w->allowed = allowed;
	err = cluster_make(c, arena, w->hosts);
	for (uint8_t n = 0; n < c->hosts && err == 0; n++) {
		err = node_init(&w->nodes[n], w->hosts[n].node, arena);
		if (err == 0)
			w->nodes[n].sources[0] = w->hosts[n].sources[0];
	}
	return err;
}

/* ---- adverts ---------------------------------------------------------------------------- */

/* The advert of |from| with |priority|: nothing else in it ever changes. */
static struct bytes datagram_of(struct small *w, uint8_t from, uint8_t priority)
{
	struct instance *i = &w->nodes[from].instances[0];
	uint8_t *p = w->datagrams[from][priority];
	struct seal seal = { .src = &w->hosts[from].sources[0],
			     .sum = i->conf->sum,
			     .priority = priority };

	if (p[0] == 0) {
		assert(i->outgoing.len <= sizeof(w->datagrams[0][0]));
		outgoing_seal(&i->outgoing, i->conf, &seal);
		memcpy(p, i->outgoing.first, i->outgoing.len);
	}
	return (struct bytes){ p, i->outgoing.len };
}

static void remove_flying(struct small_state *s, uint8_t k)
{
	s->flying[k] = s->flying[--s->flying_count];
	s->flying[s->flying_count] = (struct small_flying){ 0 };
}

/* Too many under way: the oldest is lost, which is one more thing that can happen. */
static void make_room(struct small_state *s)
{
	uint8_t oldest = 0;

	if (s->flying_count < SMALL_FLYING_MAX)
		return;
	for (uint8_t k = 1; k < s->flying_count; k++)
		if (s->flying[k].life_us < s->flying[oldest].life_us)
			oldest = k;
	remove_flying(s, oldest);
}

static void send(struct small *w, struct small_state *s, uint8_t from, uint8_t priority)
{
	for (uint8_t to = 0; to < w->cluster.hosts; to++) {
		if (to == from || s->hosts[to].power == POWER_OFF || !s->hosts[to].link)
			continue;
		make_room(s);
		s->flying[s->flying_count++] = (struct small_flying){
			.life_us = w->flight_us, .from = from, .to = to, .priority = priority
		};
	}
}

static void lose_all_to(struct small_state *s, uint8_t to)
{
	for (uint8_t k = s->flying_count; k-- > 0;)
		if (s->flying[k].to == to)
			remove_flying(s, k);
}

/* ---- one step --------------------------------------------------------------------------- */

/* A move being made. */
struct making {
	struct small *w;
	struct small_state *s;
	const struct move *m;
	bool *asked;
	struct small_fault *fault;
	const struct small_watcher *watcher;
	unsigned steps;
};

static void blame(struct making *k, const struct law *law, uint8_t n, const char *text)
{
	struct text t = TEXT(k->fault->text);

	if (k->fault->law != NULL)
		return;
	k->fault->law = law;
	k->fault->host = n;
	text_str(&t, text);
}

static void step(struct making *k, uint8_t n, const struct event *ev);

/* The kernel does as it is told, or the move has it refuse. */
static void change_address(struct making *k, uint8_t n, const struct action *a)
{
	struct small_host *h = &k->s->hosts[n];
	bool add = a->kind == ACT_ADDR_ADD;
	struct event ev = { .kind = EV_RESULT,
			    .result = { .action = a->id,
					.instance = a->instance,
					.kind = (uint8_t)a->kind,
					.err = add ? E_PERM : E_IO } };

	if (h->held == add)
		return;
	*k->asked = true;
	if (k->m->refused)
		step(k, n, &ev);
	else
		h->held = add;
}

static void see(struct making *k, uint8_t n, const struct event *ev, const struct instance *before,
		const struct actions *out)
{
	struct node *node = &k->w->nodes[n];
	bool named = ev->kind == EV_DEADLINE || ev->kind == EV_PACKET || ev->kind == EV_RESULT;
	struct law_case c = { .node = node,
			      .now = NOW,
			      .ev = ev,
			      .before = named ? before : NULL,
			      .after = named ? &node->instances[0] : NULL,
			      .out = out };
	const struct law *law = laws_judge(&c);
	char buf[2048];
	struct text line = TEXT(buf);

	if (law == NULL && k->watcher == NULL)
		return;
	node_trace(&line, node, NOW, ev, out);
	if (law != NULL)
		blame(k, law, n, buf);
	if (k->watcher != NULL)
		k->watcher->stepped(k->watcher->ctx, n, buf);
}

/* One step of the node on its workbench; actions are carried out when it is done. */
static void step(struct making *k, uint8_t n, const struct event *ev)
{
	struct node *node = &k->w->nodes[n];
	struct instance before = node->instances[0];
	struct actions out;

	if (++k->steps > STEPS_AT_ONCE) {
		blame(k, &law_rest, n, "one step after another at one moment");
		return;
	}
	node_step(node, NOW, ev, &out);
	see(k, n, ev, &before, &out);
	for (uint32_t a = 0; a < out.count; a++) {
		if (out.list[a].kind == ACT_SEND)
			send(k->w, k->s, n, out.list[a].send.priority);
		else if (out.list[a].kind == ACT_ADDR_ADD || out.list[a].kind == ACT_ADDR_DEL)
			change_address(k, n, &out.list[a]);
	}
}

/* What the node itself wants done at once. */
static void serve_reviews(struct making *k, uint8_t n)
{
	while (k->w->nodes[n].instances[0].timers[TIMER_REVIEW] <= NOW && k->fault->law == NULL)
		step(k, n, &(struct event){ .kind = EV_DEADLINE });
}

static void take(struct making *k, uint8_t n, const struct event *ev)
{
	load(k->w, k->s, n);
	step(k, n, ev);
	serve_reviews(k, n);
	store(k->w, k->s, n);
}

/* ---- moves ------------------------------------------------------------------------------ */

static int32_t deadline_of(const struct small_host *h)
{
	int32_t first = SMALL_NEVER;

	for (int t = 0; t < TIMER_COUNT; t++)
		if (h->timers[t] < first)
			first = h->timers[t];
	return first;
}

static int32_t next_deadline(const struct small *w, const struct small_state *s)
{
	int32_t first = SMALL_NEVER;

	for (uint8_t n = 0; n < w->cluster.hosts; n++)
		if (s->hosts[n].power == POWER_ON && deadline_of(&s->hosts[n]) < first)
			first = deadline_of(&s->hosts[n]);
	return first;
}

static bool can_hear(const struct small_state *s, uint8_t to)
{
	return s->hosts[to].power == POWER_ON && s->hosts[to].link;
}

/* Time may pass only while every advert that can be heard is still under way. */
static bool can_serve(const struct small *w, const struct small_state *s, uint8_t n)
{
	int32_t next = deadline_of(&s->hosts[n]);

	if (s->hosts[n].power != POWER_ON || next == SMALL_NEVER || next > next_deadline(w, s))
		return false;
	for (uint8_t k = 0; k < s->flying_count; k++)
		if (s->flying[k].life_us < next && can_hear(s, s->flying[k].to))
			return false;
	return true;
}

bool small_can(const struct small *w, const struct small_state *s, const struct move *m)
{
	const struct small_host *h = &s->hosts[m->host];
	bool works = h->power == POWER_ON && !h->node_stopping;
	uint8_t cost = (uint8_t)(move_faults[m->kind] + m->refused);

	if (!(w->allowed & 1u << m->kind) || cost > s->faults_left)
		return false;
	switch (m->kind) {
	case MOVE_SERVE:
		return can_serve(w, s, m->host);
	case MOVE_DELIVER:
	case MOVE_DROP:
		return m->flying < s->flying_count && s->flying[m->flying].to == m->host &&
		       can_hear(s, m->host);
	case MOVE_CRASH:
		return h->power != POWER_OFF;
	case MOVE_START:
		return h->power == POWER_OFF;
	case MOVE_STOP:
	case MOVE_PAUSE:
		return works;
	case MOVE_RESUME:
		return h->power == POWER_PAUSED;
	case MOVE_CHECK_DOWN:
		return works && h->check_up;
	case MOVE_CHECK_UP:
		return works && !h->check_up;
	case MOVE_LINK_DOWN:
		return works && h->link;
	case MOVE_LINK_UP:
		return works && !h->link;
	case MOVE_COUNT:
		break;
	}
	return false;
}

static void shift(int32_t *t, int32_t by)
{
	if (*t != SMALL_NEVER)
		*t = *t - by < -FORGET_US ? -FORGET_US : *t - by;
}

/* Of a paused host everything grows older and older. Master_Down_Timer keeps its distance from what
 * it counts from. */
static void shift_host(struct small_host *h, int32_t by)
{
	int32_t wait = h->timers[TIMER_DOWN] - h->down_base;

	for (int t = 0; t < TIMER_COUNT; t++)
		shift(&h->timers[t], by);
	if (h->state == VRRP_BACKUP)
		h->down_base = h->timers[TIMER_DOWN] - wait;
	if (h->state == VRRP_MASTER)
		shift(&h->last_advert, by);
}

static void pass_time(const struct small *w, struct small_state *s, int32_t us)
{
	for (uint8_t n = 0; n < w->cluster.hosts; n++)
		if (s->hosts[n].power != POWER_OFF)
			shift_host(&s->hosts[n], us);
	for (uint8_t k = s->flying_count; k-- > 0;) {
		s->flying[k].life_us -= us;
		if (s->flying[k].life_us < 0)
			remove_flying(s, k);
	}
}

static void leave(struct making *k, uint8_t n)
{
	struct small_host *h = &k->s->hosts[n];

	*h = (struct small_host){ .link = h->link, .check_up = h->check_up };
	for (int t = 0; t < TIMER_COUNT; t++)
		h->timers[t] = SMALL_NEVER;
	lose_all_to(k->s, n);
}

static void tell_check(struct making *k, uint8_t n)
{
	struct event ev = { .kind = EV_CHECK };

	ev.check.verdict = k->s->hosts[n].check_up ? VERDICT_UP : VERDICT_DOWN;
	if (k->w->cluster.checks > 0)
		step(k, n, &ev);
}

static void tell_link(struct making *k, uint8_t n)
{
	struct event ev = { .kind = EV_LINK,
			    .link = { .source = k->w->hosts[n].sources[0],
				      .up = k->s->hosts[n].link } };

	step(k, n, &ev);
}

static void start(struct making *k, uint8_t n)
{
	const struct instance_conf *conf = &k->w->hosts[n].node->instances[0];
	struct small_host *h = &k->s->hosts[n];

	h->power = POWER_ON;
	h->total = conf->priority;
	h->priority = conf->priority;
	h->master_advert_us = (int32_t)conf->advert_us;
	load(k->w, k->s, n);
	if (k->w->cluster.checks > 0)
		k->w->nodes[n].checks[0] = VERDICT_UNKNOWN;
	tell_link(k, n);
	tell_check(k, n);
	step(k, n, &(struct event){ .kind = EV_START });
	serve_reviews(k, n);
	store(k->w, k->s, n);
}

static void deliver(struct making *k, uint8_t flying)
{
	struct small_flying f = k->s->flying[flying];
	struct event ev = { .kind = EV_PACKET };

	remove_flying(k->s, flying);
	ev.packet.datagram = datagram_of(k->w, f.from, f.priority);
	take(k, f.to, &ev);
}

static void change(struct making *k, uint8_t n, enum move_kind kind)
{
	struct small_host *h = &k->s->hosts[n];
	bool up = kind == MOVE_CHECK_UP || kind == MOVE_LINK_UP;

	load(k->w, k->s, n);
	if (kind == MOVE_CHECK_DOWN || kind == MOVE_CHECK_UP) {
		h->check_up = up;
		tell_check(k, n);
	} else {
		h->link = up;
		if (!up)
			lose_all_to(k->s, n);
		tell_link(k, n);
	}
	serve_reviews(k, n);
	store(k->w, k->s, n);
}

static void make(struct making *k)
{
	uint8_t n = k->m->host;
	struct small_host *h = &k->s->hosts[n];
	int32_t next = deadline_of(h);

	switch (k->m->kind) {
	case MOVE_SERVE:
		pass_time(k->w, k->s, next > 0 ? next : 0);
		take(k, n, &(struct event){ .kind = EV_DEADLINE });
		return;
	case MOVE_DELIVER:
		deliver(k, k->m->flying);
		return;
	case MOVE_DROP:
		remove_flying(k->s, k->m->flying);
		return;
	case MOVE_CRASH:
		leave(k, n);
		return;
	case MOVE_START:
		start(k, n);
		return;
	case MOVE_STOP:
		take(k, n, &(struct event){ .kind = EV_STOP });
		return;
	case MOVE_PAUSE:
		h->power = POWER_PAUSED;
		return;
	case MOVE_RESUME:
		h->power = POWER_ON;
		return;
	case MOVE_CHECK_DOWN:
	case MOVE_CHECK_UP:
	case MOVE_LINK_DOWN:
	case MOVE_LINK_UP:
		change(k, n, k->m->kind);
		return;
	case MOVE_COUNT:
		return;
	}
}

void small_move(struct small *w, struct small_state *s, const struct move *m, bool *asked,
		struct small_fault *fault, const struct small_watcher *watcher)
{
	struct making k = { w, s, m, asked, fault, watcher, 0 };
	struct small_host *h = &s->hosts[m->host];

	*asked = false;
	fault->law = NULL;
	s->faults_left = (uint8_t)(s->faults_left - move_faults[m->kind] - m->refused);
	make(&k);
	if (h->power == POWER_ON && h->stopped && !h->release)
		leave(&k, m->host);
}

void small_begin(struct small *w, uint8_t faults, struct small_state *ret)
{
	struct small_fault fault;
	bool asked;

	memset(ret, 0, sizeof(*ret));
	ret->faults_left = faults;
	for (uint8_t n = 0; n < w->cluster.hosts; n++) {
		ret->hosts[n].link = ret->hosts[n].check_up = true;
		for (int t = 0; t < TIMER_COUNT; t++)
			ret->hosts[n].timers[t] = SMALL_NEVER;
	}
	for (uint8_t n = 0; n < w->cluster.hosts; n++)
		small_move(w, ret, &(struct move){ .kind = MOVE_START, .host = n }, &asked, &fault,
			   NULL);
}

void small_judge(const struct small *w, const struct small_state *s, struct small_fault *fault)
{
	for (uint8_t n = 0; n < w->cluster.hosts; n++) {
		const struct small_host *h = &s->hosts[n];
		struct text t = TEXT(fault->text);

		if (h->power != POWER_ON || h->held == (h->state == VRRP_MASTER) || h->release)
			continue;
		fault->law = &law_address;
		fault->host = n;
		text_fmt(&t, "%s %s the address and is %s", w->hosts[n].name,
			 h->held ? "has" : "lacks", vrrp_state_name((enum vrrp_state)h->state));
		return;
	}
}

void small_tell(struct text *t, const struct small *w, const struct small_state *s,
		const struct move *m)
{
	text_fmt(t, "%s %s", w->hosts[m->host].name, move_texts[m->kind]);
	if (m->kind == MOVE_DELIVER || m->kind == MOVE_DROP)
		text_fmt(t, " %u of %s", s->flying[m->flying].priority,
			 w->hosts[s->flying[m->flying].from].name);
	if (m->refused)
		text_str(t, ", and its kernel refuses");
}
