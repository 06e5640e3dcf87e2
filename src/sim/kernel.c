/* The kernel of a host: the addresses it has, and the frames it sends. What is asked of it is done
 * in the order of asking, each thing after the time it takes; a refusal is told in its turn. */
#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "sim/inside.h"
#include "wire/ip.h"

enum { BEHIND_MOST_US = 3000000 }; /* a kernel that much behind makes haste */

static struct kernel_op *new_op(struct world *w, uint8_t n, const struct action *a)
{
	for (uint32_t tried = 0; tried < KERNEL_OPS_MAX; tried++) {
		struct kernel_op *op = &w->ops[w->next_op];

		w->next_op = (w->next_op + 1) % KERNEL_OPS_MAX;
		if (op->busy)
			continue;
		*op = (struct kernel_op){
			.busy = true,
			.host = n,
			.start = w->hosts[n].starts,
			.id = a->id,
			.instance = a->instance,
			.kind = a->kind,
		};
		if (a->kind == ACT_SEND)
			return op;
		op->first = a->addrs.first;
		op->count = a->addrs.count;
		op->repeat = a->addrs.repeat;
		return op;
	}
	w->overflow = true;
	return NULL;
}

/* The driver hears of a failure only after the step whose action failed. */
static void refuse(struct world *w, const struct kernel_op *of, uint16_t item, int err)
{
	struct kernel_op *op = NULL;

	for (uint32_t i = 0; i < KERNEL_OPS_MAX && op == NULL; i++)
		if (!w->ops[i].busy)
			op = &w->ops[i];
	if (op == NULL) {
		w->overflow = true;
		return;
	}
	*op = *of;
	op->busy = true;
	op->first = item;
	op->err = err;
	w->hosts[of->host].unfinished[of->instance]++;
	world_later(w, w->now, HAPPENS_ANSWER, of->host, (uint32_t)(op - w->ops));
}

/* ---- addresses -------------------------------------------------------------------------- */

static void change_addresses(struct world *w, const struct kernel_op *op)
{
	struct host *h = &w->hosts[op->host];
	bool add = op->kind == ACT_ADDR_ADD;
	uint16_t chance = add ? w->conf->kernel.refuse_add : w->conf->kernel.refuse_del;

	for (uint16_t i = op->first; i < op->first + op->count; i++) {
		bool *held = &h->held[host_vip(h, op->instance, i)];

		if (*held != add && world_chance(w, chance)) {
			refuse(w, op, i, add ? E_PERM : E_IO);
			continue;
		}
		w->touched |= *held != add;
		*held = add;
	}
}

/* ---- frames ----------------------------------------------------------------------------- */

static void announce(struct world *w, const struct kernel_op *op)
{
	struct host *h = &w->hosts[op->host];
	const struct instance_conf *conf = &h->conf->node->instances[op->instance];

	for (uint16_t i = op->first; i < op->first + op->count; i++) {
		uint16_t link = conf->vips[i].link, vip = host_vip(h, op->instance, i);
		uint8_t lan = h->conf->lans[link];

		if (!h->carrier[link]) {
			refuse(w, op, i, E_NETDOWN);
			continue;
		}
		for (uint8_t c = 0; c < w->conf->client_count; c++) {
			struct fate fate = { 0 };

			for (uint8_t r = 0; r < op->repeat && fate.copies == 0; r++)
				fate = net_fate(&w->net, &w->rng, lan, op->host,
						world_client_end(c), false);
			if (fate.copies > 0)
				world_later(w, w->now + fate.delay_us[0], HAPPENS_ARP, c,
					    (uint32_t)op->host << 16 | vip);
		}
	}
}

static void send_to(struct world *w, struct packet *p, uint8_t to)
{
	const struct path *path = &w->net.paths[p->lan][p->from][to];
	struct fate fate = net_fate(&w->net, &w->rng, p->lan, p->from, to, true);
	usec_t *lost_at = &w->net.lost_at[p->from][to];

	if (fate.copies == 0)
		*lost_at = usec_max(*lost_at, w->now);
	for (uint8_t i = 0; i < fate.copies; i++) {
		p->refs++;
		world_later(w, w->now + fate.delay_us[i], HAPPENS_PACKET, to, net_slot(&w->net, p));
		if (fate.delay_us[i] > path->delay_us + path->jitter_us)
			*lost_at = usec_max(*lost_at, w->now + fate.delay_us[i]);
	}
}

static bool is_multicast(const struct addr *a)
{
	return a->family == ADDR_V4 ? (a->b[0] & 0xf0) == 0xe0 : a->b[0] == 0xff;
}

/* Who takes in a datagram to |dst| that comes over |lan|. */
static bool listens(const struct host *h, uint8_t lan, const struct addr *dst)
{
	uint16_t link = host_link(h, lan);

	if (link == LINK_NONE)
		return false;
	return is_multicast(dst) || addr_equal(&h->conf->sources[link], dst) ||
	       addr_equal(&h->conf->sources6[link], dst);
}

/* Puts one datagram on the LAN; |sent|: the interface has taken it. */
static void send_one(struct world *w, uint8_t n, uint8_t lan, struct bytes datagram, bool sent)
{
	struct packet *p = sent ? net_keep(&w->net, datagram) : NULL;
	struct ip ip;
	enum drop drop = ip_decode(datagram, &ip);

	assert(drop == DROP_NONE);
	(void)drop;
	w->overflow |= sent && p == NULL;
	if (p != NULL) {
		p->from = n;
		p->lan = lan;
		p->sent_at = w->now;
	}
	for (uint8_t to = 0; to < w->conf->host_count; to++) {
		if (to == n || !listens(&w->hosts[to], lan, &ip.dst))
			continue;
		if (p == NULL)
			w->net.lost_at[n][to] = usec_max(w->net.lost_at[n][to], w->now);
		else
			send_to(w, p, to);
	}
}

static void send(struct world *w, uint8_t n, const struct action *a)
{
	struct host *h = &w->hosts[n];
	struct kernel_op op = { .host = n,
				.start = h->starts,
				.id = a->id,
				.instance = a->instance,
				.kind = ACT_SEND };
	int err = 0;

	if (!h->carrier[a->send.link])
		err = E_NETDOWN;
	else if (world_chance(w, w->conf->kernel.refuse_send))
		err = E_NOBUFS;
	if (err != 0)
		refuse(w, &op, 0, err);
	for (uint16_t k = 0; k < a->send.count; k++) {
		struct bytes d = a->send.datagram;

		d.p += (size_t)k * a->send.stride;
		send_one(w, n, h->conf->lans[a->send.link], d, err == 0);
	}
}

/* ---- in order --------------------------------------------------------------------------- */

static void perform(struct world *w, const struct kernel_op *op)
{
	if (op->kind == ACT_ANNOUNCE)
		announce(w, op);
	else
		change_addresses(w, op);
}

static void submit(struct world *w, uint8_t n, const struct action *a)
{
	const struct kernel_conf *c = &w->conf->kernel;
	struct host *h = &w->hosts[n];
	bool late = h->busy_until > w->now + BEHIND_MOST_US;
	usec_t takes = c->delay_us + world_spread(w, c->jitter_us);
	struct kernel_op *op = new_op(w, n, a);

	if (op == NULL)
		return;
	if (late || a->kind == ACT_ANNOUNCE)
		takes = 0;
	if (takes == 0 && h->busy_until <= w->now) {
		perform(w, op);
		op->busy = false;
		return;
	}
	h->busy_until = usec_max(h->busy_until, w->now) + takes;
	h->unfinished[a->instance]++;
	world_later(w, h->busy_until, HAPPENS_WORK, n, (uint32_t)(op - w->ops));
}

void kernel_carry_out(struct world *w, uint8_t n, const struct action *a)
{
	switch (a->kind) {
	case ACT_SEND:
		send(w, n, a);
		return;
	case ACT_ADDR_ADD:
	case ACT_ADDR_DEL:
	case ACT_ANNOUNCE:
		submit(w, n, a);
		return;
	case ACT_ROUTE_ADD: /* no scenario has routes */
	case ACT_ROUTE_DEL:
		return;
	case ACT_NOTIFY:
		if (a->notify.state == NOTIFY_MASTER)
			data_notified_master(w, n);
		return;
	case ACT_STATE:
	case ACT_GROUP:
	case ACT_LOG:
		return;
	}
}

void kernel_work(struct world *w, uint8_t n, uint32_t index)
{
	struct kernel_op *op = &w->ops[index];
	struct host *h = &w->hosts[n];

	if (op->start != h->starts) {
		op->busy = false;
		return;
	}
	op->held_up = h->power == POWER_PAUSED;
	if (op->held_up)
		return;
	h->unfinished[op->instance]--;
	perform(w, op);
	op->busy = false;
	host_leave(w, n);
}

void kernel_answer(struct world *w, uint8_t n, uint32_t index)
{
	struct kernel_op *op = &w->ops[index];
	struct host *h = &w->hosts[n];
	struct event ev = { .kind = EV_RESULT,
			    .result = { .action = op->id,
					.instance = op->instance,
					.kind = (uint8_t)op->kind,
					.item = op->first,
					.err = op->err } };

	if (op->start != h->starts) {
		op->busy = false;
		return;
	}
	op->held_up = !host_works(h);
	if (op->held_up)
		return;
	op->busy = false;
	h->unfinished[op->instance]--;
	if (op->kind == ACT_ADDR_DEL)
		h->refused_at[op->instance] = w->now;
	host_step(w, n, &ev, NULL);
	host_set_wakes(w, n);
}

void kernel_release_held_up(struct world *w, uint8_t n)
{
	for (uint32_t i = 0; i < KERNEL_OPS_MAX; i++) {
		struct kernel_op *op = &w->ops[i];

		if (!op->busy || !op->held_up || op->host != n)
			continue;
		op->held_up = false;
		world_later(w, w->now, op->err == 0 ? HAPPENS_WORK : HAPPENS_ANSWER, n, i);
	}
}

void world_lose_address(struct world *w, uint8_t n, uint32_t instance, uint16_t item)
{
	struct host *h = &w->hosts[n];
	bool *held = &h->held[host_vip(h, instance, item)];
	struct event ev = { .kind = EV_LOST, .lost = { .instance = instance, .item = item } };

	if (h->power != POWER_ON || !*held)
		return;
	*held = false;
	w->touched = true;
	if (!host_works(h)) {
		h->robbed[h->vips[instance] + item] = true;
		return;
	}
	host_step(w, n, &ev, NULL);
	host_set_wakes(w, n);
}

static void forget_addresses(struct world *w, struct host *h)
{
	for (uint32_t v = 0; v < h->vip_id_count; v++)
		h->robbed[v] |= h->held[h->vip_ids[v]];
	memset(h->held, 0, w->vip_count * sizeof(*h->held));
	w->touched = true;
}

void kernel_reset(struct world *w, uint8_t n)
{
	forget_addresses(w, &w->hosts[n]);
	w->hosts[n].busy_until = 0;
}

void kernel_lease_ends(struct world *w, uint8_t n, uint32_t starts)
{
	struct host *h = &w->hosts[n];
	bool renewed = host_works(h) || h->blocked_at + w->conf->kernel.lease_us > w->now;

	if (h->starts == starts && h->power != POWER_OFF && !renewed)
		forget_addresses(w, h);
}
