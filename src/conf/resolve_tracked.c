#include "conf/resolve.h"

#include "base/err.h"

/* Everything that can be tracked by name and is no interface: scripts, files. They are numbered
 * kind after kind. */

enum { TRACKED_MAX = UINT16_MAX };

/* Gives |name| the next number. |what| is the keyword that defines such a thing. */
static void number(struct resolver *rs, enum tracked kind, const char *what,
		   const struct word *name, const char **names)
{
	struct complaints *to = &rs->r->complaints;
	struct node_conf *node = &rs->model->node;
	uint16_t i = node->check_count++;
	uint32_t first = names_find(&rs->tracked[kind], name->s);

	rs->model->tracked[kind]++;
	rs->tracked_at[i] = name;
	names[i] = name->s;
	if (first != NAMES_NONE)
		complain(to, D_TWICE, name, "there is a %s '%s' already, in %s", what,
			 shown(name).s, resolve_place(rs->tracked_at[first], name).s);
	else if (names_put(&rs->tracked[kind], name->s, i) == E_NOMEM)
		(void)complaints_need(to, NULL);
}

/* ---- scripts ---------------------------------------------------------------------------- */

static void resolve_check(struct resolver *rs, const struct draft_check *d, struct check_conf *ret)
{
	if (d->script.at == NULL && !d->faulty)
		complain(&rs->r->complaints, D_MISSING, d->name, "vrrp_script '%s' has no 'script'",
			 shown(d->name).s);
	*ret = (struct check_conf){
		.name = d->name->s,
		.interval_us = d->interval.at != NULL ? (usec_t)d->interval.v : USEC_PER_SEC,
		.timeout_us = (usec_t)d->timeout.v,
		.rise = d->rise.at != NULL ? (uint32_t)d->rise.v : 1,
		.fall = d->fall.at != NULL ? (uint32_t)d->fall.v : 1,
		.weight = (int16_t)d->weight.number.v,
		.reverse = d->weight.reverse.v != 0,
		.init_fail = d->init_fail.v != 0,
	};
	if (ret->timeout_us == 0)
		ret->timeout_us = ret->interval_us;
	resolve_command(rs, &d->script, d->user.at, d->group.at, &ret->script);
}

static void resolve_checks(struct resolver *rs, const char **names)
{
	const struct draft *draft = &rs->r->draft;
	struct check_conf *checks = complaints_need(
		&rs->r->complaints, arena_array(rs->r->arena, draft->check_count, sizeof(*checks)));
	uint32_t i = 0;

	if (checks == NULL)
		return;
	for (const struct draft_check *d = draft->checks; d != NULL; d = d->next, i++) {
		number(rs, TRACKED_SCRIPT, "vrrp_script", d->name, names);
		resolve_check(rs, d, &checks[i]);
	}
	rs->model->checks = checks;
}

/* ---- files ------------------------------------------------------------------------------ */

static void resolve_file(struct resolver *rs, const struct draft_file *d, struct file_conf *ret)
{
	struct complaints *to = &rs->r->complaints;

	if (d->path.at == NULL && !d->faulty)
		complain(to, D_MISSING, d->name, "track_file '%s' has no 'file'", shown(d->name).s);
	else if (d->path.at != NULL && !d->path.bad && d->path.at->s[0] != '/')
		complain(to, D_RANGE, d->path.at,
			 "'%s' is not a whole path: it has to begin with a '/'",
			 shown(d->path.at).s);
	*ret = (struct file_conf){
		.name = d->name->s,
		.path = d->path.at != NULL ? d->path.at->s : "",
		.weight = d->weight.number.at != NULL ? (int16_t)d->weight.number.v : 1,
		.reverse = d->weight.reverse.v != 0,
		.init = d->init.at != NULL,
		.overwrite = d->overwrite.v != 0,
		.init_value = (int32_t)d->init.v,
	};
}

static void resolve_files(struct resolver *rs, const char **names)
{
	const struct draft *draft = &rs->r->draft;
	struct file_conf *files = complaints_need(
		&rs->r->complaints, arena_array(rs->r->arena, draft->file_count, sizeof(*files)));
	uint32_t i = 0;

	if (files == NULL)
		return;
	for (const struct draft_file *d = draft->files; d != NULL; d = d->next, i++) {
		number(rs, TRACKED_FILE, "track_file", d->name, names);
		resolve_file(rs, d, &files[i]);
	}
	rs->model->files = files;
}

/* ---- all -------------------------------------------------------------------------------- */

void resolve_tracked(struct resolver *rs)
{
	const struct draft *draft = &rs->r->draft;
	struct complaints *to = &rs->r->complaints;
	struct arena *arena = rs->r->arena;
	const uint32_t counts[TRACKED_KINDS] = {
		[TRACKED_SCRIPT] = draft->check_count, [TRACKED_FILE] = draft->file_count
	};
	uint64_t total = 0;
	const char **names;

	for (int k = 0; k < TRACKED_KINDS; k++) {
		total += counts[k];
		if (names_init(&rs->tracked[k], arena, counts[k]) < 0)
			(void)complaints_need(to, NULL);
	}
	names = complaints_need(to, arena_array(arena, (size_t)total, sizeof(*names)));
	rs->tracked_at = complaints_need(to, arena_array(arena, (size_t)total, sizeof(void *)));
	rs->seen_checks = complaints_need(
		to, arena_array(arena, (size_t)total, sizeof(*rs->seen_checks)));
	if (to->nomem)
		return;
	if (total > TRACKED_MAX) {
		complain(to, D_TOO_MANY,
			 draft->last_check != NULL ? draft->last_check->name
						   : draft->last_file->name,
			 "more than %d checks", TRACKED_MAX);
		to->stop = true;
		return;
	}
	rs->model->node.checks = names;
	resolve_checks(rs, names);
	resolve_files(rs, names);
}
