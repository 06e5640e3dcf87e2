/* Rows, roles, and who changes roles. A host's service is one database of a replicated set: what is
 * written belongs to the era of whoever took it, and a replica has all eras of the primary it can
 * reach. */
#include "sim/inside.h"

enum { ERAS_MAX = 64 };

static uint64_t bit(uint8_t era)
{
	return (uint64_t)1 << era;
}

static bool runs(const struct host *h)
{
	return h->power == POWER_ON && h->service.state == SERVICE_UP;
}

static bool connected(const struct world *w, uint8_t n, uint8_t end)
{
	const struct host *h = &w->hosts[n];

	return h->carrier[0] && net_both_ways(&w->net, h->conf->lans[0], n, end) &&
	       (end >= SIM_HOSTS_MAX || w->hosts[end].carrier[0]);
}

bool host_serves(const struct world *w, uint8_t n, enum need need)
{
	const struct host *h = &w->hosts[n];

	return runs(h) && connected(w, n, world_client_end(0)) &&
	       (need == NEED_ANSWER || h->service.writable);
}

bool host_lacks_rows(const struct world *w, uint8_t n)
{
	return (w->accepted & ~w->hosts[n].service.has) != 0;
}

enum sight data_sight(const struct world *w, uint8_t n, const struct probe *p)
{
	const struct service *s = &w->hosts[n].service;
	bool wants_write = p->kind == CHECK_WRITABLE;

	switch (p->kind) {
	case CHECK_ALWAYS:
		return SIGHT_WELL;
	case CHECK_GATEWAY:
		return connected(w, n, world_client_end(0)) ? SIGHT_WELL : SIGHT_ILL;
	case CHECK_ALIVE:
	case CHECK_WRITABLE:
	case CHECK_REPLICA:
		break;
	case CHECK_KIND_COUNT:
		return SIGHT_ILL;
	}
	if (s->state == SERVICE_HUNG)
		return SIGHT_HANGS;
	if (s->state == SERVICE_DOWN)
		return SIGHT_ILL;
	return p->kind == CHECK_ALIVE || s->writable == wants_write ? SIGHT_WELL : SIGHT_ILL;
}

/* ---- replication ------------------------------------------------------------------------ */

/* The primary a replica follows: of those it reaches, the newest. */
static uint8_t primary_of(const struct world *w, uint8_t n)
{
	uint8_t best = SIM_NONE;

	for (uint8_t p = 0; p < w->conf->host_count; p++) {
		const struct service *s = &w->hosts[p].service;

		if (p == n || !runs(&w->hosts[p]) || !s->writable || !connected(w, p, n))
			continue;
		if (best == SIM_NONE || s->era > w->hosts[best].service.era)
			best = p;
	}
	return best;
}

static bool follows(const struct world *w, uint8_t n, uint8_t primary)
{
	return runs(&w->hosts[n]) && !w->hosts[n].service.writable && primary_of(w, n) == primary;
}

/* A client's write is taken by |n|: whoever does not follow it lacks that row from now on. */
static void take_write(struct world *w, uint8_t n)
{
	uint64_t era = bit(w->hosts[n].service.era);

	w->accepted |= era;
	for (uint8_t f = 0; f < w->conf->host_count; f++)
		if (f != n && !follows(w, f, n))
			w->hosts[f].service.has &= ~era;
}

static void replicate(struct world *w)
{
	for (uint8_t n = 0; n < w->conf->host_count; n++) {
		struct service *s = &w->hosts[n].service;
		uint8_t primary = s->writable || !runs(&w->hosts[n]) ? SIM_NONE : primary_of(w, n);

		if (primary != SIM_NONE)
			s->has |= w->hosts[primary].service.has;
	}
}

static void take_writes(struct world *w)
{
	for (uint8_t c = 0; c < w->conf->client_count; c++)
		for (uint16_t v = 0; v < w->vip_count; v++)
			if (w->vips[v].need == NEED_WRITE && client_served(w, c, v, NEED_WRITE))
				take_write(w, client_reaches(w, c, v));
}

/* ---- promotion -------------------------------------------------------------------------- */

static bool clients_lost(const struct world *w)
{
	for (uint8_t c = 0; c < w->conf->client_count; c++)
		for (uint16_t v = 0; v < w->vip_count; v++)
			if (!client_served(w, c, v, w->vips[v].need))
				return true;
	return false;
}

static bool database_lost(const struct world *w)
{
	for (uint8_t n = 0; n < w->conf->host_count; n++)
		if (host_serves(w, n, NEED_WRITE))
			return false;
	return true;
}

static void watch_for_promotion(struct world *w)
{
	bool manual = w->conf->promotion == PROMOTE_MANUAL;
	bool lost = w->armed && (manual ? clients_lost(w) : database_lost(w));

	if (!manual && w->conf->promotion != PROMOTE_AUTO)
		return;
	if (!lost) {
		w->lost_at = USEC_NEVER;
		return;
	}
	if (w->lost_at != USEC_NEVER)
		return;
	w->lost_at = w->now;
	w->losses++;
	world_later(w, w->now + w->conf->promote_us, HAPPENS_PROMOTE, SIM_NONE, w->losses);
}

static uint8_t best_replica(const struct world *w)
{
	uint8_t best = SIM_NONE;

	for (uint8_t n = 0; n < w->conf->host_count; n++) {
		if (!host_serves(w, n, NEED_ANSWER) || w->hosts[n].service.writable)
			continue;
		if (best == SIM_NONE || (host_lacks_rows(w, best) && !host_lacks_rows(w, n)))
			best = n;
	}
	return best;
}

static void mark(struct world *w, uint8_t n, const char *what)
{
	if (w->hooks.marked != NULL)
		w->hooks.marked(w->hooks.ctx, w, n, what);
}

void world_writable(struct world *w, uint8_t n, bool writable)
{
	struct service *s = &w->hosts[n].service;

	if (s->writable == writable)
		return;
	s->writable = writable;
	w->touched = true;
	mark(w, n, writable ? "promoted: its database takes writes" : "made a replica");
	if (!writable)
		return;
	if (w->eras + 1 == ERAS_MAX) {
		w->overflow = true;
		return;
	}
	s->era = ++w->eras;
	s->has |= bit(s->era);
}

/* Somebody switches over: the old primary becomes a replica where it can be reached. */
static void switch_over(struct world *w)
{
	uint8_t target = best_replica(w);

	if (target == SIM_NONE)
		return;
	for (uint8_t n = 0; n < w->conf->host_count; n++)
		if (host_serves(w, n, NEED_WRITE))
			world_writable(w, n, false);
	world_writable(w, target, true);
}

void data_promote(struct world *w, uint8_t n, uint32_t losses)
{
	if (n != SIM_NONE) {
		if (runs(&w->hosts[n]))
			world_writable(w, n, true);
		return;
	}
	if (w->lost_at == USEC_NEVER || losses != w->losses)
		return;
	switch_over(w);
	w->lost_at = USEC_NEVER; /* still lost: somebody looks again as long after */
	w->touched = true;
}

void data_notified_master(struct world *w, uint8_t n)
{
	if (w->armed && w->conf->promotion == PROMOTE_NOTIFY)
		world_later(w, w->now + w->conf->promote_us, HAPPENS_PROMOTE, n, 0);
}

void data_settle(struct world *w)
{
	if (w->conf->primary != SIM_NONE) {
		replicate(w);
		take_writes(w);
	}
	watch_for_promotion(w);
}

void world_service(struct world *w, uint8_t n, enum service_state state)
{
	w->hosts[n].service.state = state;
	w->touched = true;
}

void world_check_broken(struct world *w, uint8_t n, uint16_t check, bool broken)
{
	w->hosts[n].probes[check].broken = broken;
}

void world_arm_promotion(struct world *w)
{
	w->armed = true;
	w->touched = true;
}
