#include "sim/nemesis.h"

#include "sim/standin.h"
#include "wire/ah.h"
#include "wire/ip.h"
#include "wire/vrrp.h"

static bool coin(struct nemesis *n)
{
	return prng_below(&n->rng, 2) == 0;
}

static uint8_t any_host(struct nemesis *n)
{
	return (uint8_t)prng_below(&n->rng, n->conf->host_count);
}

static uint8_t any_end(struct nemesis *n)
{
	uint64_t k = prng_below(&n->rng, n->conf->host_count + (uint64_t)n->conf->client_count);

	if (k < n->conf->host_count)
		return (uint8_t)k;
	return world_client_end((uint8_t)(k - n->conf->host_count));
}

/* ---- hosts ------------------------------------------------------------------------------ */

static void strike_power(struct nemesis *n, uint8_t h)
{
	world_power(n->world, h, n->world->hosts[h].power == POWER_OFF);
}

static void strike_kill(struct nemesis *n, uint8_t h)
{
	if (n->world->hosts[h].daemon == DAEMON_NONE)
		world_daemon_start(n->world, h);
	else
		world_daemon_kill(n->world, h);
}

static void strike_stop(struct nemesis *n, uint8_t h)
{
	if (n->world->hosts[h].daemon == DAEMON_NONE)
		world_daemon_start(n->world, h);
	else
		world_daemon_stop(n->world, h);
}

static void strike_hang(struct nemesis *n, uint8_t h)
{
	world_daemon_hang(n->world, h, n->world->hosts[h].daemon != DAEMON_HANGS);
}

static void strike_pause(struct nemesis *n, uint8_t h)
{
	world_pause(n->world, h, n->world->hosts[h].power != POWER_PAUSED);
}

static void strike_carrier(struct nemesis *n, uint8_t h)
{
	world_carrier(n->world, h, 0, !n->world->hosts[h].carrier[0]);
}

static void strike_service(struct nemesis *n, uint8_t h)
{
	static const enum service_state states[] = { SERVICE_UP, SERVICE_DOWN, SERVICE_HUNG };

	world_service(n->world, h, states[prng_below(&n->rng, 3)]);
}

static void strike_check(struct nemesis *n, uint8_t h)
{
	uint16_t count = n->conf->hosts[h].check_count, k;

	if (count == 0)
		return;
	k = (uint16_t)prng_below(&n->rng, count);
	world_check_broken(n->world, h, k, !n->world->hosts[h].probes[k].broken);
}

static void strike_worker(struct nemesis *n, uint8_t h)
{
	if (n->world->hosts[h].daemon == DAEMON_RUNS)
		world_worker(n->world, h, n->world->hosts[h].worker_dead);
}

/* ---- network and kernels ---------------------------------------------------------------- */

static void strike_cut(struct nemesis *n, uint8_t h)
{
	uint8_t other = any_end(n);
	bool cut = !n->world->net.paths[0][h][other].cut;

	if (other == h)
		return;
	world_cut(n->world, h, other, cut);
	if (coin(n))
		world_cut(n->world, other, h, cut);
}

static void strike_filter(struct nemesis *n, uint8_t h)
{
	uint8_t other = any_host(n);
	bool filtered = !n->world->net.paths[0][h][other].no_vrrp;

	if (other == h)
		return;
	world_filter(n->world, h, other, filtered);
	if (coin(n))
		world_filter(n->world, other, h, filtered);
}

static void strike_split(struct nemesis *n, uint8_t h)
{
	uint64_t half = prng_next(&n->rng);
	bool mend = coin(n);

	(void)h;
	for (uint8_t a = 0; a < n->conf->host_count; a++)
		for (uint8_t b = 0; b < n->conf->host_count; b++)
			if (a != b)
				world_cut(n->world, a, b, !mend && ((half >> a ^ half >> b) & 1));
}

static void strike_kernel(struct nemesis *n, uint8_t h)
{
	const struct kernel_conf *k = &n->options->kernel;
	bool well = coin(n);

	(void)h;
	n->conf->kernel.refuse_add = well ? 0 : k->refuse_add;
	n->conf->kernel.refuse_del = well || coin(n) ? 0 : k->refuse_del;
	n->conf->kernel.refuse_send = well || coin(n) ? 0 : k->refuse_send;
}

static void set_loss(struct nemesis *n, uint16_t loss)
{
	for (int a = 0; a < SIM_ENDS_MAX; a++)
		for (int b = 0; b < SIM_ENDS_MAX; b++)
			n->world->net.paths[0][a][b].loss = loss;
}

static void strike_loss(struct nemesis *n, uint8_t h)
{
	(void)h;
	n->lossy = !n->lossy;
	set_loss(n, n->lossy ? n->options->loss_burst : n->options->path.loss);
}

/* ---- somebody without the password ------------------------------------------------------ */

/* What an attacker may try: no authentication, the wrong kind, a password that is nearly right. */
static void guess_password(struct nemesis *n, struct advert *a, uint8_t key[VRRP2_AUTH])
{
	static const uint8_t types[] = { VRRP_AUTH_NONE, VRRP_AUTH_AH, VRRP_AUTH_PASS,
					 VRRP_AUTH_PASS };
	uint64_t guess = prng_below(&n->rng, 4);
	uint64_t wrong = prng_below(&n->rng, VRRP2_AUTH);

	a->auth_type = types[guess];
	a->auth = key;
	for (int b = 0; guess > 1 && b < VRRP2_AUTH; b++)
		key[b] = (uint8_t)cluster_password[b];
	if (guess == 2)
		key[wrong] ^= (uint8_t)(1 + prng_below(&n->rng, 255));
	else if (guess == 3)
		key[VRRP2_AUTH - 1] = 0;
}

/* An authentication header made with that password; its sequence number is far ahead. */
static size_t seal_ah(uint8_t *p, const struct vrrp_path *path, const uint8_t *key, size_t len)
{
	uint8_t icv[AH_ICV], *ah = p + IP4_HEADER;
	size_t total;

	ah_encode(ah, get_be32(path->src->b), 1000000);
	total = ip_encode(p, path->src, path->dst, IP_PROTO_AH, IP_TTL_VRRP, 1, AH_HEADER + len) +
		AH_HEADER + len;
	ah_icv(&standin_crypto, (struct bytes){ key, VRRP2_AUTH }, (struct bytes){ p, total }, true,
	       icv);
	for (int b = 0; b < AH_ICV; b++)
		ah[AH_HEADER - AH_ICV + b] = icv[b];
	return total;
}

/* An advert that differs from a good one only in what the attacker cannot know, or does not care
 * for; whose address it claims to come from is drawn. */
static void strike_attack(struct nemesis *n, uint8_t h)
{
	static const uint8_t priorities[] = { 0, 1, 150, 254, 255 };
	const struct host_conf *host = &n->conf->hosts[h];
	const struct instance_conf *victim = host->node->instances;
	const struct addr stranger = addr_v4(0xc00002fa);
	uint8_t vips[4 * CLUSTER_VIPS_MAX], key[VRRP2_AUTH] = { 0 }, datagram[128];
	struct vrrp_path path = { .dst = victim->peer_count > 0 ? &host->sources[0]
								: &vrrp_group4 };
	struct advert a = { .version = 2, .priority = priorities[prng_below(&n->rng, 5)] };
	bool ah = victim->auth_type == VRRP_AUTH_AH;
	size_t len, total;

	victim += prng_below(&n->rng, host->node->instance_count);
	path.src = coin(n) ? &stranger : &n->conf->hosts[any_host(n)].sources[0];
	for (uint16_t v = 0; v < victim->vip_count; v++)
		for (int b = 0; b < 4; b++)
			vips[4 * v + b] = victim->vips[v].addr.b[b];
	a.vrid = victim->vrid;
	a.count = (uint8_t)victim->vip_count;
	a.interval_us = victim->advert_us;
	a.vips = (struct bytes){ vips, 4 * (size_t)victim->vip_count };
	guess_password(n, &a, key);
	if (ah)
		a.auth_type = VRRP_AUTH_AH;
	len = vrrp_length(2, ADDR_V4, a.count);
	vrrp_encode(datagram + IP4_HEADER + (ah ? AH_HEADER : 0), &a);
	vrrp_seal(datagram + IP4_HEADER + (ah ? AH_HEADER : 0), len, a.priority, VRRP_SUM_PLAIN,
		  &path);
	if (ah)
		total = seal_ah(datagram, &path, key, len);
	else
		total = len +
			ip_encode(datagram, path.src, path.dst, IP_PROTO_VRRP, IP_TTL_VRRP, 0, len);
	world_inject(n->world, 0, (struct bytes){ datagram, total });
}

static void strike_thief(struct nemesis *n, uint8_t h)
{
	const struct node_conf *c = n->conf->hosts[h].node;
	uint32_t i = (uint32_t)prng_below(&n->rng, c->instance_count);

	if (c->instances[i].vip_count > 0)
		world_lose_address(n->world, h, i,
				   (uint16_t)prng_below(&n->rng, c->instances[i].vip_count));
}

/* ---- mending a host ------------------------------------------------------------------- */

static void mend_host(struct nemesis *n, uint8_t h)
{
	struct world *w = n->world;

	world_carrier(w, h, 0, true);
	world_pause(w, h, false);
	world_daemon_hang(w, h, false);
	if (w->hosts[h].daemon == DAEMON_RUNS && w->hosts[h].node.view.stopping)
		world_daemon_kill(w, h);
	if (w->hosts[h].power == POWER_OFF)
		world_power(w, h, true);
	else
		world_daemon_start(w, h);
	if (w->hosts[h].worker_dead)
		world_worker(w, h, true);
}

/* ---- choosing --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*strike)(struct nemesis *, uint8_t host);
} faults[FAULT_COUNT] = {
	[FAULT_POWER] = { "power", strike_power },
	[FAULT_KILL] = { "kill", strike_kill },
	[FAULT_STOP] = { "stop", strike_stop },
	[FAULT_HANG] = { "hang", strike_hang },
	[FAULT_PAUSE] = { "pause", strike_pause },
	[FAULT_CARRIER] = { "carrier", strike_carrier },
	[FAULT_CUT] = { "cut", strike_cut },
	[FAULT_SPLIT] = { "split", strike_split },
	[FAULT_FILTER] = { "filter", strike_filter },
	[FAULT_SERVICE] = { "service", strike_service },
	[FAULT_CHECK] = { "check", strike_check },
	[FAULT_WORKER] = { "worker", strike_worker },
	[FAULT_KERNEL] = { "kernel", strike_kernel },
	[FAULT_LOSS] = { "loss", strike_loss },
	[FAULT_ATTACK] = { "attack", strike_attack },
	[FAULT_THIEF] = { "thief", strike_thief },
};

void nemesis_init(struct nemesis *n, const struct swarm_options *o, struct world *w,
		  struct world_conf *conf, const struct swarm_watcher *watcher)
{
	*n = (struct nemesis){
		.options = o, .watcher = watcher, .world = w, .conf = conf, .rng = { ~o->seed }
	};
}

static void tell(struct nemesis *n, const char *what, uint8_t host)
{
	n->strikes++;
	if (n->watcher != NULL && n->watcher->fault != NULL)
		n->watcher->fault(n->watcher->ctx, n->world, what, host);
}

void nemesis_strike(struct nemesis *n)
{
	unsigned total = 0, k;
	int f = 0;
	uint8_t h = any_host(n);

	/* A world in which most hosts are dead most of the time has little to tell. */
	if (!host_works(&n->world->hosts[h]) && prng_below(&n->rng, 4) != 0) {
		tell(n, "mend", h);
		mend_host(n, h);
		return;
	}
	for (int i = 0; i < FAULT_COUNT; i++)
		total += n->options->weight[i];
	if (total == 0)
		return;
	k = (unsigned)prng_below(&n->rng, total);
	while (k >= n->options->weight[f])
		k -= n->options->weight[f++];
	tell(n, faults[f].name, h);
	faults[f].strike(n, h);
}

/* ---- mending ---------------------------------------------------------------------------- */

static void mend_paths(struct nemesis *n)
{
	struct path good = n->options->path;

	good.loss = good.twice = good.late = 0;
	for (int a = 0; a < SIM_ENDS_MAX; a++)
		for (int b = 0; b < SIM_ENDS_MAX; b++)
			n->world->net.paths[0][a][b] = good;
	n->conf->kernel.refuse_add = n->conf->kernel.refuse_del = n->conf->kernel.refuse_send = 0;
}

void nemesis_heal(struct nemesis *n)
{
	tell(n, "heal", SIM_NONE);
	mend_paths(n);
	for (uint8_t h = 0; h < n->conf->host_count; h++)
		mend_host(n, h);
}
