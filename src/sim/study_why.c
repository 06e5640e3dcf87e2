/* Why it went as it went, in one line with the arithmetic. A reason is written down at the moment
 * it is so: later it may be another. */
#include <string.h>

#include "sim/study_inside.h"

enum { CLAUSE_LEN = 200 };

static const char *name_of(const struct world *w, uint8_t host)
{
	return w->hosts[host].conf->name;
}

uint8_t only_one(uint16_t holders)
{
	uint8_t h = 0;

	if (holders == 0 || is_split(holders))
		return SIM_NONE;
	while (!(holders & 1u << h))
		h++;
	return h;
}

/* ", because a replica is read-only" where that is what |check| of |h| sees. */
static void explain_check(struct text *t, const struct host *h, uint16_t check)
{
	if (check >= h->conf->check_count || h->probes[check].broken)
		return;
	if (h->conf->kinds[check] == CHECK_WRITABLE && h->service.state == SERVICE_UP &&
	    !h->service.writable)
		text_str(t, ", because a replica is read-only");
	else if (h->service.state != SERVICE_UP && h->conf->kinds[check] != CHECK_GATEWAY)
		text_str(t, h->service.state == SERVICE_DOWN ? ", its service is down"
							     : ", its service hangs");
}

/* A failed check of |i| with a weight below zero, or at zero; LINK_NONE when there is none. */
static uint16_t failed_check(const struct host *h, const struct instance *i, bool weighted)
{
	for (uint16_t n = 0; n < i->conf->check_count; n++) {
		const struct track_conf *t = &i->conf->checks[n];
		bool counts = weighted ? t->weight < 0 : t->weight == 0;

		if (counts && h->node.checks[t->index] == VERDICT_DOWN)
			return n;
	}
	return LINK_NONE;
}

/* ---- stuck ------------------------------------------------------------------------------ */

/* ": node2's db fails too (-20), because a replica is read-only". */
static void explain_sum(struct text *t, const struct world *w, const struct router *r,
			uint8_t other)
{
	const struct instance *i = host_instance(w, r, other);
	const struct host *h = &w->hosts[other];
	uint16_t n = failed_check(h, i, true);

	if (n == LINK_NONE)
		return;
	text_fmt(t, ": %s's %s fails too (%d)", h->conf->name,
		 h->conf->node->checks[i->conf->checks[n].index], i->conf->checks[n].weight);
	explain_check(t, h, i->conf->checks[n].index);
}

/* Why |other| does not take the address from |mine|. */
static void explain_other(struct text *t, const struct world *w, const struct router *r,
			  const struct instance *mine, uint8_t other)
{
	const struct instance *i = host_instance(w, r, other);
	const char *name = name_of(w, other);
	uint16_t fault = failed_check(&w->hosts[other], i, false);

	if (fault != LINK_NONE) {
		uint16_t check = i->conf->checks[fault].index;

		text_fmt(t, "%s is in FAULT, %s fails", name,
			 w->hosts[other].conf->node->checks[check]);
		explain_check(t, &w->hosts[other], check);
	} else if (i->priority <= mine->priority) {
		text_fmt(t, "%u %s %u", mine->priority, mine->priority == i->priority ? "=" : ">",
			 i->priority);
		explain_sum(t, w, r, other);
	} else if (!i->conf->preempt) {
		text_fmt(t, "%u < %u, but %s has nopreempt", mine->priority, i->priority, name);
	} else if (i->conf->preempt_delay_us > 0 && !i->preempt_ready) {
		text_fmt(t, "%u < %u, but preempt_delay holds %s back for ", mine->priority,
			 i->priority, name);
		text_seconds(t, i->conf->preempt_delay_us);
		text_str(t, " s");
	} else {
		text_fmt(t, "%u < %u", mine->priority, i->priority);
	}
}

static void explain_stuck(struct text *t, const struct world *w, const struct router *r,
			  uint8_t holder)
{
	const struct instance *mine = host_instance(w, r, holder);

	for (uint8_t h = 0; h < w->conf->host_count && mine != NULL; h++) {
		if (h == holder || host_instance(w, r, h) == NULL)
			continue;
		explain_other(t, w, r, mine, h);
		return;
	}
	text_str(t, mine == NULL                   ? "its daemon is dead"
		    : mine->conf->check_count == 0 ? "no check looks at it"
						   : "nobody else is there");
}

void study_note_stuck(struct tally *t, const struct world *w, const struct router *r)
{
	uint8_t holder = only_one(t->holders);
	struct text all = { t->stuck, strlen(t->stuck), sizeof(t->stuck), false };
	char buf[CLAUSE_LEN];
	struct text clause = TEXT(buf);

	if (holder == SIM_NONE)
		return;
	explain_stuck(&clause, w, r, holder);
	if (strstr(t->stuck, buf) != NULL)
		return;
	if (all.len == 0)
		text_fmt(&all, "%s keeps the address without the service, ", name_of(w, holder));
	else
		text_str(&all, "; then ");
	text_str(&all, buf);
}

/* ---- split ------------------------------------------------------------------------------ */

/* What keeps |a| from hearing |b|, if anything does. */
static bool explain_deaf(struct text *t, const struct world *w, const struct router *r, uint8_t a,
			 uint8_t b)
{
	const struct path *p = &w->net.paths[r->lan][b][a];

	if (!p->cut && !p->no_vrrp)
		return false;
	text_fmt(t, ": %s hears nothing of %s", name_of(w, a), name_of(w, b));
	return true;
}

static bool explain_daemon(struct text *t, const struct world *w, uint8_t h)
{
	if (w->hosts[h].daemon == DAEMON_RUNS)
		return false;
	text_fmt(t, ": nobody takes it from %s, whose daemon is %s", name_of(w, h),
		 w->hosts[h].daemon == DAEMON_HANGS ? "hanging" : "dead");
	return true;
}

void study_note_split(struct tally *t, const struct world *w, const struct router *r)
{
	struct text line = TEXT(t->split_why);
	uint8_t holders[SIM_HOSTS_MAX], count = 0;

	for (uint8_t h = 0; h < w->conf->host_count; h++)
		if (t->holders & 1u << h)
			holders[count++] = h;
	for (uint8_t n = 0; n < count; n++)
		text_fmt(&line, "%s%s", n > 0 ? " and " : "", name_of(w, holders[n]));
	text_str(&line, " hold the address at once");
	for (uint8_t n = 0; n < count; n++)
		if (explain_daemon(&line, w, holders[n]))
			return;
	for (uint8_t n = 1; n < count; n++)
		if (explain_deaf(&line, w, r, holders[n], holders[0]) ||
		    explain_deaf(&line, w, r, holders[0], holders[n]))
			return;
}

/* ---- stale ------------------------------------------------------------------------------ */

void study_note_stale(struct tally *t, const struct world *w, const struct router *r, uint8_t host)
{
	const struct instance *mine = host_instance(w, r, host);
	struct text line = TEXT(t->stale_why);

	text_fmt(&line, "%s serves without rows that were acknowledged", name_of(w, host));
	for (uint8_t h = 0; h < w->conf->host_count && mine != NULL; h++) {
		const struct instance *i = host_instance(w, r, h);

		if (i == NULL || !w->hosts[h].service.writable ||
		    w->hosts[h].service.era <= w->hosts[host].service.era)
			continue;
		text_fmt(&line, ", which %s has: %u %s %u, but a priority says nothing of data",
			 name_of(w, h), mine->priority,
			 mine->priority > i->priority   ? ">"
			 : mine->priority < i->priority ? "<"
							: "=",
			 i->priority);
		return;
	}
}

/* ---- nobody ----------------------------------------------------------------------------- */

void study_note_nobody(struct tally *t, const struct world *w, const struct router *r)
{
	struct text line = TEXT(t->nobody);

	for (uint8_t h = 0; h < w->conf->host_count; h++) {
		const struct instance *i = host_instance(w, r, h);
		uint16_t n = i != NULL ? failed_check(&w->hosts[h], i, false) : LINK_NONE;

		if (n == LINK_NONE || w->hosts[h].power != POWER_ON)
			continue;
		text_fmt(&line, "%s%s is in FAULT, %s fails", line.len > 0 ? "; " : "",
			 name_of(w, h), w->hosts[h].conf->node->checks[i->conf->checks[n].index]);
		explain_check(&line, &w->hosts[h], i->conf->checks[n].index);
	}
}
