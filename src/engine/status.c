#include "engine/status.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "check/judge.h"
#include "engine/status_instance.h"
#include "io/clock.h"
#include "io/log.h"

enum { TEXT_MAX = 512, FOREIGN_MAX = 255 };

/* ---- the daemon ------------------------------------------------------------------------- */

static json_t *worker_json(const struct status_source *s)
{
	const struct workerlink *w = s->worker;

	return json_pack("{s:i, s:I, s:I, s:I}", "pid", (int)w->process.pid, "restarts",
			 (json_int_t)w->restarts, "notifications_waiting",
			 (json_int_t)w->pending_count, "notifications_dropped",
			 (json_int_t)w->dropped);
}

static json_t *daemon_json(const struct status_source *s, uint32_t index)
{
	char iso[CLOCK_TEXT_MAX];
	const char *router_id = s->gen->model->router_id;

	(void)index;
	return json_pack(
		"{s:s, s:i, s:s, s:I, s:o, s:o, s:I, s:I, s:I, s:o, s:I}", "version", BUOY_VERSION,
		"pid", (int)getpid(), "started", clock_iso(clock_wall(s->started_at), iso),
		"uptime_us", (json_int_t)(s->now - s->started_at), "router_id",
		status_text(router_id != NULL ? router_id : s->host_name), "config",
		status_text(s->conf_path), "generation", (json_int_t)s->gen->number, "reloads",
		(json_int_t)s->reloads, "reloads_failed", (json_int_t)s->reloads_failed, "worker",
		worker_json(s), "log_lines_lost", (json_int_t)log_lost());
}

static json_t *dropped_json(const struct status_source *s, uint32_t index)
{
	(void)index;
	return status_drops(s->gen->node.dropped);
}

/* ---- checks ----------------------------------------------------------------------------- */

static json_t *check_json(const struct status_source *s, uint32_t index)
{
	static const char *const verdicts[] = {
		[JUDGE_UNKNOWN] = "unknown", [JUDGE_UP] = "up", [JUDGE_DOWN] = "down"
	};
	static const char *const outcomes[] = {
		[PROBE_OK] = "ok",
		[PROBE_EXIT] = "exit",
		[PROBE_SIGNAL] = "signal",
		[PROBE_TIMEOUT] = "timeout",
		[PROBE_CANNOT_RUN] = "cannot-run",
	};
	const struct check_state *c = &s->gen->checks.list[index];
	const struct judge *j = &c->judge;
	char reason[TEXT_MAX], iso[CLOCK_TEXT_MAX];
	struct text t = TEXT(reason);
	json_t *last = json_null();

	judge_reason(&t, j, s->now);
	if (j->result_at != 0)
		last = json_pack("{s:s, s:i, s:I, s:I}", "outcome", outcomes[j->outcome], "code",
				 (int)j->code, "age_us", (json_int_t)(s->now - j->result_at),
				 "duration_us", (json_int_t)j->duration_us);
	return json_pack(
		"{s:o, s:o, s:s, s:s, s:I, s:s, s:o, s:b, s:o, s:I, s:I, s:I, s:I, s:I}", "name",
		status_text(j->conf->name), "script", status_text(j->conf->script.text), "verdict",
		verdicts[j->verdict], "since", clock_iso(clock_wall(c->since), iso), "since_us",
		(json_int_t)(s->now - c->since), "reason", reason, "detail", status_text(c->detail),
		"stale", (int)j->stale, "last", last, "streak", (json_int_t)j->streak, "rise",
		(json_int_t)j->conf->rise, "fall", (json_int_t)j->conf->fall, "interval_us",
		(json_int_t)j->conf->interval_us, "timeout_us", (json_int_t)j->conf->timeout_us);
}

/* ---- files ------------------------------------------------------------------------------ */

static json_t *file_json(const struct status_source *s, uint32_t index)
{
	const struct file_state *f = &s->gen->files.list[index];
	char iso[CLOCK_TEXT_MAX];

	return json_pack("{s:o, s:o, s:i, s:s, s:I, s:s*}", "name", status_text(f->conf->name),
			 "file", status_text(f->conf->path), "value", (int)f->value, "since",
			 clock_iso(clock_wall(f->since), iso), "since_us",
			 (json_int_t)(s->now - f->since), "error",
			 f->err < 0 ? err_text(f->err) : NULL);
}

/* ---- interfaces ------------------------------------------------------------------------- */

static void add_foreign(json_t *list, const struct channel *c, usec_t now)
{
	char source[ADDR_TEXT_MAX];

	for (int vrid = 0; c->strays != NULL && vrid < 256; vrid++) {
		const struct stray *f = &c->strays[vrid];

		if (f->packets == 0)
			continue;
		json_array_append_new(list, json_pack("{s:i, s:I, s:s, s:i, s:I}", "vrid", vrid,
						      "packets", (json_int_t)f->packets, "source",
						      addr_print(&f->source, source), "priority",
						      (int)f->priority, "age_us",
						      (json_int_t)(now - f->at)));
	}
}

static json_t *foreign_json(const struct link_sockets *l, usec_t now)
{
	json_t *list = json_array();

	for (int k = 0; k < RAWSOCK_KINDS; k++)
		add_foreign(list, &l->channels[k], now);
	return list;
}

static json_t *link_json(const struct status_source *s, uint32_t index)
{
	const struct link *l = &s->gen->links.list[index];
	const struct link_told *told = &s->gen->told[index];
	const struct sockets *all = &s->gen->sockets;
	const struct link_sockets *socks = &all->list[index];
	int err = socks->err < 0 ? socks->err : socks->err6;
	char source[ADDR_TEXT_MAX], source6[ADDR_TEXT_MAX];

	return json_pack(
		"{s:s, s:i, s:b, s:s*, s:s*, s:i, s:s*, s:o, s:I, s:I}", "name", l->name, "ifindex",
		l->ifindex, "up", (int)told->up, "source",
		l->source.family != ADDR_NONE ? addr_print(&l->source, source) : NULL, "source6",
		told->source6.family != ADDR_NONE ? addr_print(&told->source6, source6) : NULL,
		"instances", (int)socks->instances, "error", err < 0 ? err_text(err) : NULL,
		"foreign_vrids", foreign_json(socks, s->now), "nameless_packets",
		(json_int_t)sockets_nameless(all, (uint16_t)index), "lost_packets",
		(json_int_t)sockets_lost(all, (uint16_t)index));
}

/* ---- groups ----------------------------------------------------------------------------- */

static json_t *group_json(const struct status_source *s, uint32_t index)
{
	const struct sync_group *g = &s->gen->node.groups[index];
	json_t *members = json_array();

	for (uint16_t m = 0; m < g->conf->member_count; m++)
		json_array_append_new(
			members,
			status_text(s->gen->node.instances[g->conf->members[m]].conf->name));
	return json_pack("{s:o, s:s, s:o}", "name", status_text(g->conf->name), "state",
			 vrrp_state_name(g->state), "members", members);
}

/* ---- pieces ----------------------------------------------------------------------------- */

static uint32_t count_instances(const struct status_source *s)
{
	return s->gen->model->node.instance_count;
}

static uint32_t count_groups(const struct status_source *s)
{
	return s->gen->model->node.group_count;
}

static uint32_t count_checks(const struct status_source *s)
{
	return s->gen->checks.count;
}

static uint32_t count_files(const struct status_source *s)
{
	return s->gen->files.count;
}

static uint32_t count_links(const struct status_source *s)
{
	return s->gen->links.count;
}

/* One member of the reply; |count| NULL: it is one object and no list. */
static const struct part {
	const char *key;
	uint32_t (*count)(const struct status_source *);
	json_t *(*make)(const struct status_source *, uint32_t index);
} parts[] = {
	{ "daemon", NULL, daemon_json },
	{ "dropped", NULL, dropped_json },
	{ "instances", count_instances, status_instance },
	{ "groups", count_groups, group_json },
	{ "checks", count_checks, check_json },
	{ "files", count_files, file_json },
	{ "interfaces", count_links, link_json },
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

/* What stands before element |index| of a part. */
static void opening(struct text *t, uint32_t part, uint32_t index)
{
	if (index > 0) {
		text_char(t, ',');
		return;
	}
	text_char(t, part == 0 ? '{' : ',');
	text_fmt(t, "\"%s\":%s", parts[part].key, parts[part].count != NULL ? "[" : "");
}

static int element(const struct status_source *s, struct status_cursor *c, char **ret_piece)
{
	const struct part *p = &parts[c->part];
	uint32_t count = p->count != NULL ? p->count(s) : 1;
	char before[64];
	struct text t = TEXT(before);
	char *piece, *body;
	json_t *json;
	int n;

	text_str(&t, "");
	if (c->index == 0)
		opening(&t, c->part, 0);
	if (c->index >= count) {
		text_str(&t, p->count != NULL ? "]" : "");
		c->part++;
		c->index = 0;
		piece = strdup(before);
		return piece != NULL ? (*ret_piece = piece, 0) : E_NOMEM;
	}
	if (c->index > 0)
		opening(&t, c->part, c->index);
	json = p->make(s, c->index);
	body = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (body == NULL)
		return E_NOMEM;
	n = asprintf(&piece, "%s%s", before, body);
	free(body);
	if (n < 0)
		return E_NOMEM;
	c->index++;
	*ret_piece = piece;
	return 0;
}

int status_next(const struct status_source *s, struct status_cursor *c, char **ret_piece)
{
	if (c->generation == 0)
		c->generation = s->gen->number;
	if (c->generation != s->gen->number)
		return E_AGAIN;
	if (c->part > PARTS) {
		*ret_piece = NULL;
		return 0;
	}
	if (c->part < PARTS)
		return element(s, c, ret_piece);
	c->part++;
	*ret_piece = strdup("}\n");
	return *ret_piece != NULL ? 0 : E_NOMEM;
}
