/* What can break, as cases: listing them, naming them, breaking and mending. */
#include <string.h>

#include "sim/study_inside.h"

enum {
	BACK_US = 120000000,    /* what was away comes back */
	PAUSE_US = 90000000,    /* a virtual machine */
	RESTART_US = 200000,    /* systemd starts a dead daemon again: dist/systemd/buoyd.service */
	WATCHDOG_US = 10000000, /* and kills one that hangs */
};

/* ---- listing ---------------------------------------------------------------------------- */

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
	static const enum study_fault plain[] = {
		STUDY_POWER,        STUDY_POWER_BACK,   STUDY_KILL,         STUDY_KILL_BACK,
		STUDY_HANG,         STUDY_HANG_BACK,    STUDY_PAUSE,        STUDY_SERVICE_DOWN,
		STUDY_SERVICE_BACK, STUDY_SERVICE_HUNG, STUDY_SERVICE_FREE, STUDY_CUT,
		STUDY_CUT_BACK,     STUDY_FILTER_OUT,   STUDY_FILTER_IN,
	};
	struct case_list l = { list, 0, room };

	add_case(&l, STUDY_CALM, SIM_NONE, 0);
	for (uint8_t h = 0; h < s->conf->host_count; h++) {
		const struct node_conf *n = s->world.hosts[h].node;

		for (size_t f = 0; f < sizeof(plain) / sizeof(plain[0]); f++)
			add_case(&l, plain[f], h, 0);
		for (uint16_t c = 0; c < s->world.hosts[h].check_count; c++)
			add_case(&l, STUDY_CHECK, h, c);
		for (uint16_t k = 0; k < n->link_count; k++) {
			if (!link_is_used(n, k))
				continue;
			add_case(&l, STUDY_LINK, h, k);
			add_case(&l, STUDY_LINK_BACK, h, k);
		}
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

/* ---- breaking and mending --------------------------------------------------------------- */

static void filter(struct world *w, uint8_t from, uint8_t to)
{
	if (from != to)
		world_filter(w, from, to, true);
}

/* Between |host| and everybody else, clients too. */
static void cut_off(struct world *w, uint8_t host, bool cut)
{
	for (uint8_t end = 0; end < SIM_ENDS_MAX; end++) {
		if (end == host)
			continue;
		world_cut(w, host, end, cut);
		world_cut(w, end, host, cut);
	}
}

void study_strike(struct world *w, const struct study_case *c)
{
	uint8_t hosts = w->conf->host_count;

	switch (c->fault) {
	case STUDY_CALM:
		return;
	case STUDY_POWER:
	case STUDY_POWER_BACK:
		world_power(w, c->host, false);
		return;
	case STUDY_KILL:
	case STUDY_KILL_BACK:
		world_daemon_kill(w, c->host);
		return;
	case STUDY_HANG:
	case STUDY_HANG_BACK:
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
	case STUDY_SERVICE_FREE:
		world_service(w, c->host, SERVICE_HUNG);
		return;
	case STUDY_CHECK:
		world_check_broken(w, c->host, c->index, true);
		return;
	case STUDY_LINK:
	case STUDY_LINK_BACK:
		world_carrier(w, c->host, c->index, false);
		return;
	case STUDY_CUT:
	case STUDY_CUT_BACK:
		cut_off(w, c->host, true);
		return;
	case STUDY_FILTER_OUT:
		for (uint8_t h = 0; h < hosts; h++)
			filter(w, c->host, h);
		return;
	case STUDY_FILTER_IN:
		for (uint8_t h = 0; h < hosts; h++)
			filter(w, h, c->host);
		return;
	case STUDY_FILTER:
		for (uint8_t h = 0; h < hosts; h++)
			for (uint8_t to = 0; to < hosts; to++)
				filter(w, h, to);
		return;
	case STUDY_FAULT_COUNT:
		return;
	}
}

usec_t study_mended_after(const struct study_case *c)
{
	static const usec_t after[STUDY_FAULT_COUNT] = {
		[STUDY_POWER_BACK] = BACK_US,    [STUDY_KILL_BACK] = RESTART_US,
		[STUDY_HANG_BACK] = WATCHDOG_US, [STUDY_PAUSE] = PAUSE_US,
		[STUDY_SERVICE_BACK] = BACK_US,  [STUDY_SERVICE_FREE] = BACK_US,
		[STUDY_LINK_BACK] = BACK_US,     [STUDY_CUT_BACK] = BACK_US,
	};

	return after[c->fault] > 0 ? after[c->fault] : USEC_NEVER;
}

void study_mend(struct world *w, const struct study_case *c)
{
	if (c->fault == STUDY_PAUSE)
		world_pause(w, c->host, false);
	else if (c->fault == STUDY_POWER_BACK)
		world_power(w, c->host, true);
	else if (c->fault == STUDY_SERVICE_BACK || c->fault == STUDY_SERVICE_FREE)
		world_service(w, c->host, SERVICE_UP);
	else if (c->fault == STUDY_LINK_BACK)
		world_carrier(w, c->host, c->index, true);
	else if (c->fault == STUDY_CUT_BACK)
		cut_off(w, c->host, false);
	else if (c->fault == STUDY_HANG_BACK)
		world_daemon_kill(w, c->host);
	if (c->fault == STUDY_KILL_BACK || c->fault == STUDY_HANG_BACK)
		world_daemon_start(w, c->host);
}
