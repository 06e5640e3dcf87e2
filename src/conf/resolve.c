#include "conf/resolve.h"

#include <string.h>

#include "base/err.h"

/* Globals, checks, commands and interfaces. */

enum { LINKS_MAX = LINK_NONE };

static const char *text_of(const struct setting *s)
{
	return s->at != NULL ? s->at->s : NULL;
}

struct shown resolve_place(const struct word *w, const struct word *here)
{
	struct shown r = { .s = "" };
	struct text t = TEXT(r.s);

	if (w->source != here->source)
		text_fmt(&t, "%s, ", shown_text(w->source->name).s);
	text_fmt(&t, "line %u", w->line);
	return r;
}

uint16_t resolve_link(struct resolver *rs, const struct word *w)
{
	struct reader *r = rs->r;
	uint32_t i = names_find(&rs->links, w->s);

	if (i != NAMES_NONE)
		return (uint16_t)i;
	i = rs->links.count;
	if (i == LINKS_MAX) {
		complain(&r->complaints, D_TOO_MANY, w, "more than %d interfaces", LINKS_MAX);
		r->complaints.stop = true;
		return 0;
	}
	if (names_put(&rs->links, w->s, i) == E_NOMEM)
		(void)complaints_need(&r->complaints, NULL);
	if (!r->host->has_link(r->host->ctx, w->s))
		complain(&r->complaints, D_LINK, w, "there is no interface '%s' on this host",
			 shown(w).s);
	return (uint16_t)i;
}

/* True when |a| and |b| have not been seen together. */
static bool first_time(struct resolver *rs, const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	char *both = complaints_need(&rs->r->complaints, arena_alloc(rs->r->arena, na + nb + 2));
	int err;

	if (both == NULL)
		return false;
	memcpy(both, a, na);
	both[na] = '\n';
	memcpy(both + na + 1, b, nb);
	err = names_put(&rs->commands, both, 0);
	if (err == E_NOMEM)
		(void)complaints_need(&rs->r->complaints, NULL);
	return err == 0;
}

static void command_fault(struct resolver *rs, const struct draft_command *c,
			  const struct word *user, int err)
{
	struct complaints *to = &rs->r->complaints;
	struct shown path = shown_text(c->argv[0]);

	switch (err) {
	case E_NOENT:
		complain(to, D_SCRIPT, c->at, "'%s' is not there", path.s);
		return;
	case E_PERM:
		complain(to, D_SCRIPT, c->at, "'%s' cannot be executed", path.s);
		return;
	case E_INVAL:
		if (!first_time(rs, "", user != NULL ? user->s : ""))
			return;
		if (user == NULL)
			complain(to, D_USER, c->at,
				 "there is no user to run '%s' as: with enable_script_security it "
				 "takes 'script_user', or a user keepalived_script on this host",
				 path.s);
		else
			complain(to, D_USER, user, "there is no user or group '%s' on this host",
				 shown(user).s);
		return;
	case E_RANGE:
		if (rs->model->script_security)
			complain(
				to, D_INSECURE, c->at,
				"'%s' can be changed by others than root, as it or a folder on its "
				"way can be written: enable_script_security forbids it to run",
				path.s);
		else
			complain(
				to, D_WRITABLE, c->at,
				"'%s' can be changed by others than root, as it or a folder on its "
				"way can be written, and is run as root",
				path.s);
		return;
	default:
		complain(to, D_SCRIPT, c->at, "'%s' cannot be run: %s", path.s, err_text(err));
	}
}

void resolve_command(struct resolver *rs, const struct draft_command *c, const struct word *user,
		     const struct word *group, struct script_conf *ret)
{
	const struct conf_host *host = rs->r->host;
	const char *name = user != NULL ? user->s : NULL;
	int err;

	if (c->argv == NULL)
		return;
	*ret = (struct script_conf){
		.argv = c->argv,
		.text = c->text,
		.user = name,
		.group = group != NULL ? group->s : NULL,
	};
	if (user == NULL) {
		user = rs->r->draft.global.script_user.at;
		name = rs->model->script_user;
	}
	if (name == NULL && rs->model->script_security)
		name = "keepalived_script"; /* it must not come down to root by itself */
	if (!first_time(rs, c->argv[0], name != NULL ? name : ""))
		return;
	err = host->script(host->ctx, c->argv[0], name);
	if (err < 0)
		command_fault(rs, c, user, err);
}

static const char *server_and_port(struct resolver *rs, const struct draft_global *g)
{
	struct text t = { .cap = 1 };

	if (g->smtp_server.at == NULL || g->smtp_port.at == NULL)
		return text_of(&g->smtp_server);
	t.cap += g->smtp_server.at->len + 1 + 5;
	t.p = complaints_need(&rs->r->complaints, arena_alloc(rs->r->arena, t.cap));
	if (t.p == NULL)
		return NULL;
	text_fmt(&t, "%s %u", g->smtp_server.at->s, (unsigned)g->smtp_port.v);
	return t.p;
}

static void resolve_mail(struct resolver *rs, const struct draft_global *g)
{
	const char **to = complaints_need(&rs->r->complaints,
					  arena_array(rs->r->arena, g->email_count, sizeof(*to)));
	uint32_t n = 0;

	if (to == NULL)
		return;
	for (const struct draft_email *e = g->emails; e != NULL; e = e->next)
		to[n++] = e->at->s;
	rs->model->mail = (struct mail_conf){
		.to = to,
		.to_count = n,
		.from = text_of(&g->email_from),
		.server = server_and_port(rs, g),
		.connect_timeout_us = g->smtp_timeout.at != NULL ? (usec_t)g->smtp_timeout.v
								 : 30 * USEC_PER_SEC,
		.helo = text_of(&g->smtp_helo),
		.no_faults = g->no_email_faults.v != 0,
	};
}

/* Room for what the instances name. */
static bool make_room(struct resolver *rs)
{
	const struct draft *draft = &rs->r->draft;
	struct arena *arena = rs->r->arena;
	struct complaints *to = &rs->r->complaints;
	uint32_t links = 1, slots = map_slots(draft->instance_count);
	struct map_slot *vrids;

	for (const struct draft_instance *i = draft->instances; i != NULL; i = i->next)
		links += 1 + i->vip_count + i->tracks.links.count + resolve_count_devs(i);
	links += draft->statics.vip_count + resolve_count_devs(&draft->statics);
	for (const struct draft_group *g = draft->groups; g != NULL; g = g->next)
		links += g->tracks.links.count;
	rs->seen_links = arena_array(arena, links, sizeof(*rs->seen_links));
	rs->instance_drafts = arena_array(arena, draft->instance_count, sizeof(void *));
	vrids = arena_array(arena, slots, sizeof(*vrids));
	if (rs->seen_links == NULL || rs->instance_drafts == NULL || vrids == NULL ||
	    names_init(&rs->instances, arena, draft->instance_count) < 0 ||
	    names_init(&rs->links, arena, 16) < 0 || names_init(&rs->commands, arena, 16) < 0)
		return complaints_need(to, NULL) != NULL;
	map_init(&rs->vrids, vrids, slots);
	return true;
}

const struct model *resolve_draft(struct reader *r)
{
	const struct draft_global *g = &r->draft.global;
	struct model *m = complaints_need(&r->complaints, arena_new(r->arena, struct model));
	struct resolver rs = { .r = r, .model = m };

	if (m == NULL || !make_room(&rs))
		return NULL;
	m->router_id = text_of(&g->router_id);
	m->script_user = text_of(&g->script_user);
	m->script_group = text_of(&g->script_group);
	m->script_security = g->script_security.v != 0;
	m->startup_delay_us = (usec_t)g->startup_delay.v;
	m->delay_after_boot_us = (usec_t)g->delay_after_boot.v;
	m->default_interface = text_of(&g->default_interface);
	m->lvs_skipped = r->draft.lvs;
	resolve_mail(&rs, g);
	resolve_tracked(&rs);
	if (!r->complaints.stop)
		resolve_instances(&rs);
	if (r->draft.security != NULL && r->draft.instance_count > 0 && !m->script_security)
		complain(
			&r->complaints, D_SECURITY, r->draft.security,
			"commands are run, but enable_script_security is not set: others might put "
			"their own in place");
	return r->complaints.nomem ? NULL : m;
}
