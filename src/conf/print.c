#include "conf/load.h"

#include <string.h>

#include "conf/print.h"
#include "conf/shell.h"
#include "wire/ip.h"
#include "wire/vrrp.h"

/* Only what differs from the defaults is printed, and of an instance besides what everybody looks
 * for. What global_defs says about instances has become part of them. */

static bool is_plain(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-./:@%+=,^()[]*?";

	return *s != '\0' && *s != '@' && s[strspn(s, letters)] == '\0' &&
	       strcmp(s, "include") != 0;
}

/* A word; quoted when it needs be. It has no " in it, since none can be written. */
void put_word(struct text *t, const char *s)
{
	if (is_plain(s)) {
		text_str(t, s);
		return;
	}
	text_char(t, '"');
	text_str(t, s);
	text_char(t, '"');
}

static void put_text(struct text *t, const char *key, const char *value)
{
	if (value == NULL)
		return;
	text_fmt(t, "\t%s ", key);
	put_word(t, value);
	text_char(t, '\n');
}

static void put_flag(struct text *t, const char *key, bool set)
{
	if (set)
		text_fmt(t, "\t%s\n", key);
}

static void put_number(struct text *t, const char *key, uint64_t value, uint64_t standard)
{
	if (value != standard)
		text_fmt(t, "\t%s %llu\n", key, (unsigned long long)value);
}

static void put_seconds(struct text *t, const char *key, usec_t value, usec_t standard)
{
	if (value == standard)
		return;
	text_fmt(t, "\t%s ", key);
	text_seconds(t, value);
	text_char(t, '\n');
}

static void put_user(struct text *t, const char *user, const char *group)
{
	text_char(t, ' ');
	put_word(t, user);
	if (group == NULL)
		return;
	text_char(t, ' ');
	put_word(t, group);
}

static void put_user_line(struct text *t, const char *key, const char *user, const char *group)
{
	if (user == NULL)
		return;
	text_fmt(t, "\t%s", key);
	put_user(t, user, group);
	text_char(t, '\n');
}

/* The command is quoted twice: its words, and the whole. */
static void put_command(struct text *t, const char *key, const struct script_conf *c,
			bool with_user)
{
	if (c->argv == NULL)
		return;
	text_fmt(t, "\t%s \"", key);
	for (const char *s = c->text; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			text_char(t, '\\');
		text_char(t, *s);
	}
	text_char(t, '"');
	if (with_user && c->user != NULL)
		put_user(t, c->user, c->group);
	text_char(t, '\n');
}

static void put_mail(struct text *t, const struct mail_conf *m)
{
	if (m->to_count > 0) {
		text_str(t, "\tnotification_email {\n");
		for (uint32_t i = 0; i < m->to_count; i++) {
			text_str(t, "\t\t");
			put_word(t, m->to[i]);
			text_char(t, '\n');
		}
		text_str(t, "\t}\n");
	}
	put_text(t, "notification_email_from", m->from);
	if (m->server != NULL)
		text_fmt(t, "\tsmtp_server %s\n", m->server);
	put_seconds(t, "smtp_connect_timeout", m->connect_timeout_us, 30 * USEC_PER_SEC);
	put_text(t, "smtp_helo_name", m->helo);
	put_flag(t, "no_email_faults", m->no_faults);
}

static void put_globals(struct text *t, const struct model *m)
{
	text_str(t, "global_defs {\n");
	put_text(t, "router_id", m->router_id);
	put_mail(t, &m->mail);
	put_user_line(t, "script_user", m->script_user, m->script_group);
	put_flag(t, "enable_script_security", m->script_security);
	put_text(t, "default_interface", m->default_interface);
	put_seconds(t, "vrrp_startup_delay", m->startup_delay_us, 0);
	put_seconds(t, "vrrp_delay_after_boot", m->delay_after_boot_us, 0);
	text_str(t, "}\n");
}

static void put_block(struct text *t, const char *key, const char *name)
{
	text_fmt(t, "\n%s ", key);
	put_word(t, name);
	text_str(t, " {\n");
}

static void put_check(struct text *t, const struct check_conf *c)
{
	put_block(t, "vrrp_script", c->name);
	put_command(t, "script", &c->script, false);
	put_seconds(t, "interval", c->interval_us, USEC_NEVER);
	put_seconds(t, "timeout", c->timeout_us, c->interval_us);
	if (c->weight != 0 || c->reverse)
		text_fmt(t, "\tweight %d%s\n", c->weight, c->reverse ? " reverse" : "");
	put_number(t, "rise", c->rise, 1);
	put_number(t, "fall", c->fall, 1);
	put_user_line(t, "user", c->script.user, c->script.group);
	put_flag(t, "init_fail", c->init_fail);
	text_str(t, "}\n");
}

static void put_auth(struct text *t, const struct instance_conf *i)
{
	char pass[VRRP2_AUTH + 1] = "";

	if (i->auth_type == VRRP_AUTH_NONE)
		return;
	memcpy(pass, i->auth_key, VRRP2_AUTH);
	text_fmt(t, "\tauthentication {\n\t\tauth_type %s\n\t",
		 i->auth_type == VRRP_AUTH_AH ? "AH" : "PASS");
	put_text(t, "auth_pass", pass);
	text_str(t, "\t}\n");
}

static void put_addr(struct text *t, const char *key, const struct addr *a)
{
	text_fmt(t, "\t%s ", key);
	text_addr(t, a);
	text_char(t, '\n');
}

static void put_peers(struct text *t, const struct instance_conf *i)
{
	if (i->peer_count == 0)
		return;
	text_str(t, "\tunicast_peer {\n");
	for (uint16_t n = 0; n < i->peer_count; n++) {
		const struct peer_conf *p = &i->peers[n];

		text_str(t, "\t\t");
		text_addr(t, &p->addr);
		if (p->min_ttl != 255)
			text_fmt(t, " min_ttl %u", p->min_ttl);
		if (p->max_ttl != 255)
			text_fmt(t, " max_ttl %u", p->max_ttl);
		text_char(t, '\n');
	}
	text_str(t, "\t}\n");
}

static void put_path(struct text *t, const struct instance_conf *i)
{
	const struct addr *group = i->family == ADDR_V6 ? &vrrp_group6 : &vrrp_group4;

	if (i->source.family != ADDR_NONE)
		put_addr(t, i->peer_count > 0 ? "unicast_src_ip" : "mcast_src_ip", &i->source);
	put_peers(t, i);
	put_number(t, "unicast_ttl", i->unicast_ttl, 255);
	if (!addr_equal(&i->group, group))
		put_addr(t, "mcast_dst_ip", &i->group);
	if (i->sum_strict)
		put_text(t, "v3_checksum", i->sum == VRRP_SUM_PLAIN ? "rfc9568" : "rfc5798");
	put_flag(t, "v3_checksum_as_v2", !i->sum_strict && i->sum == VRRP_SUM_PLAIN);
	put_flag(t, "owner_ignore_adverts", i->owner_ignore);
}

static void put_scope(struct text *t, uint8_t scope)
{
	switch (scope) {
	case 0:
		return;
	case 200:
		text_str(t, " scope site");
		return;
	case 253:
		text_str(t, " scope link");
		return;
	case 254:
		text_str(t, " scope host");
		return;
	case 255:
		text_str(t, " scope nowhere");
		return;
	default:
		text_fmt(t, " scope %u", scope);
	}
}

/* Those from |first| to before |end|. */
static void put_vips(struct text *t, const char *indent, const char *key,
		     const struct node_conf *node, const struct instance_conf *i, uint16_t first,
		     uint16_t end)
{
	if (first == end)
		return;
	text_fmt(t, "%s%s {\n", indent, key);
	for (uint16_t n = first; n < end; n++) {
		const struct vip_conf *v = &i->vips[n];

		text_fmt(t, "%s\t", indent);
		text_addr(t, &v->addr);
		text_fmt(t, "/%u", v->prefix);
		if (v->broadcast.family != ADDR_NONE) {
			text_str(t, " brd ");
			text_addr(t, &v->broadcast);
		}
		if (v->link != i->link) {
			text_str(t, " dev ");
			put_word(t, node->links[v->link]);
		}
		put_scope(t, v->scope);
		if (v->label != NULL) {
			text_str(t, " label ");
			put_word(t, v->label);
		}
		text_char(t, '\n');
	}
	text_fmt(t, "%s}\n", indent);
}

static void put_routes(struct text *t, const char *key, const char *indent,
		       const struct route_conf *list, const struct routing *what, uint16_t count,
		       bool rules)
{
	bool any = false;

	for (uint16_t i = 0; i < count; i++) {
		if (what[i].is_rule != rules)
			continue;
		if (!any)
			text_fmt(t, "%s%s {\n", indent, key);
		any = true;
		text_fmt(t, "%s\t%s\n", indent, list[i].text);
	}
	if (any)
		text_fmt(t, "%s}\n", indent);
}

static void put_statics(struct text *t, const struct model *m)
{
	const struct static_conf *s = &m->statics;
	const struct instance_conf all = { .vips = s->addrs, .link = LINK_NONE };

	put_vips(t, "", "static_ipaddress", &m->node, &all, 0, s->addr_count);
	put_routes(t, "static_routes", "", s->routes, s->routings, s->route_count, false);
	put_routes(t, "static_rules", "", s->routes, s->routings, s->route_count, true);
}

/* The weight |check| has where nothing else is said. */
static int16_t standard_weight(const struct model *m, uint16_t check, bool *ret_reverse)
{
	enum tracked kind = model_kind(m, check);
	uint16_t i = (uint16_t)(check - model_first(m, kind));

	if (kind == TRACKED_FILE) {
		*ret_reverse = m->files[i].reverse;
		return m->files[i].weight;
	}
	*ret_reverse = m->checks[i].reverse;
	return m->checks[i].weight;
}

static void put_tracked(struct text *t, const struct model *m, const struct instance_conf *i,
			enum tracked kind)
{
	static const char *const keywords[] = {
		[TRACKED_SCRIPT] = "track_script", [TRACKED_FILE] = "track_file"
	};
	bool any = false;

	for (uint16_t n = 0; n < i->check_count; n++) {
		const struct track_conf *track = &i->checks[n];
		bool reverse;
		int16_t weight = standard_weight(m, track->index, &reverse);

		if (model_kind(m, track->index) != kind)
			continue;
		if (!any)
			text_fmt(t, "\t%s {\n", keywords[kind]);
		any = true;
		text_str(t, "\t\t");
		put_word(t, m->node.checks[track->index]);
		if (track->weight != weight || track->reverse != reverse)
			text_fmt(t, " weight %d", track->weight);
		if (track->reverse != reverse)
			text_str(t, track->reverse ? " reverse" : " noreverse");
		text_char(t, '\n');
	}
	if (any)
		text_str(t, "\t}\n");
}

static void put_tracks(struct text *t, const struct model *m, const struct instance_conf *i)
{
	if (i->link_count > 0)
		text_str(t, "\ttrack_interface {\n");
	for (uint16_t n = 0; n < i->link_count; n++) {
		const struct track_conf *track = &i->links[n];

		text_str(t, "\t\t");
		put_word(t, m->node.links[track->index]);
		if (track->weight != 0 || track->reverse)
			text_fmt(t, " weight %d%s", track->weight,
				 track->reverse ? " reverse" : "");
		text_char(t, '\n');
	}
	if (i->link_count > 0)
		text_str(t, "\t}\n");
	for (int k = 0; k < TRACKED_KINDS; k++)
		put_tracked(t, m, i, (enum tracked)k);
}

static void put_file(struct text *t, const struct file_conf *f)
{
	put_block(t, "track_file", f->name);
	put_text(t, "file", f->path);
	if (f->weight != 1 || f->reverse)
		text_fmt(t, "\tweight %d%s\n", f->weight, f->reverse ? " reverse" : "");
	if (f->init)
		text_fmt(t, "\tinit_file %d%s\n", f->init_value, f->overwrite ? " overwrite" : "");
	text_str(t, "}\n");
}

static void put_garp(struct text *t, const struct garp_conf *g)
{
	put_seconds(t, "garp_master_delay", g->delay_us, 5 * USEC_PER_SEC);
	put_number(t, "garp_master_repeat", g->repeat, 5);
	put_seconds(t, "garp_master_refresh", g->refresh_us, 0);
	put_number(t, "garp_master_refresh_repeat", g->refresh_repeat, 1);
	put_seconds(t, "garp_lower_prio_delay", g->lower_prio_delay_us, 5 * USEC_PER_SEC);
	put_number(t, "garp_lower_prio_repeat", g->lower_prio_repeat, 5);
}

static void put_notifies(struct text *t, const struct script_conf *scripts)
{
	put_command(t, "notify_master", &scripts[NOTIFY_SCRIPT_MASTER], true);
	put_command(t, "notify_backup", &scripts[NOTIFY_SCRIPT_BACKUP], true);
	put_command(t, "notify_fault", &scripts[NOTIFY_SCRIPT_FAULT], true);
	put_command(t, "notify_stop", &scripts[NOTIFY_SCRIPT_STOP], true);
	put_command(t, "notify", &scripts[NOTIFY_SCRIPT_ALL], true);
}

static void put_instance(struct text *t, const struct model *m, uint32_t number)
{
	const struct instance_conf *i = &m->node.instances[number];
	const struct script_conf *scripts = m->notifies[number].scripts;

	put_block(t, "vrrp_instance", i->name);
	text_fmt(t, "\tstate %s\n", m->more[number].starts_as_master ? "MASTER" : "BACKUP");
	put_text(t, "interface", m->node.links[i->link]);
	put_number(t, "virtual_router_id", i->vrid, 0);
	put_number(t, "version", i->version, 2);
	put_number(t, "priority", i->priority, 0);
	put_seconds(t, "advert_int", i->advert_us, 0);
	put_number(t, "down_timer_adverts", i->down_adverts, 3);
	put_flag(t, "nopreempt", !i->preempt);
	put_seconds(t, "preempt_delay", i->preempt_delay_us, 0);
	put_flag(t, "lower_prio_no_advert", !i->answer_lower);
	put_flag(t, "higher_prio_send_advert", i->send_before_yield);
	put_flag(t, "dont_track_primary", !i->track_primary);
	put_path(t, i);
	put_garp(t, &i->garp);
	put_auth(t, i);
	put_vips(t, "\t", "virtual_ipaddress", &m->node, i, 0, i->advertised_count);
	put_vips(t, "\t", "virtual_ipaddress_excluded", &m->node, i, i->advertised_count,
		 i->vip_count);
	put_routes(t, "virtual_routes", "\t", i->routes, m->more[number].routings, i->route_count,
		   false);
	put_routes(t, "virtual_rules", "\t", i->routes, m->more[number].routings, i->route_count,
		   true);
	put_tracks(t, m, i);
	put_notifies(t, scripts);
	put_flag(t, "smtp_alert", m->more[number].mail);
	text_str(t, "}\n");
}

static void put_group(struct text *t, const struct model *m, uint16_t number)
{
	const struct group_conf *g = &m->node.groups[number];
	const struct script_conf *scripts = m->groups[number].notify.scripts;

	put_block(t, "vrrp_sync_group", g->name);
	text_str(t, "\tgroup {\n");
	for (uint16_t i = 0; i < g->member_count; i++) {
		text_str(t, "\t\t");
		put_word(t, m->node.instances[g->members[i]].name);
		text_char(t, '\n');
	}
	text_str(t, "\t}\n");
	put_notifies(t, scripts);
	put_flag(t, "smtp_alert", m->groups[number].mail);
	text_str(t, "}\n");
}

void conf_print(struct text *t, const struct model *m)
{
	put_globals(t, m);
	put_statics(t, m);
	for (uint16_t i = 0; i < m->tracked[TRACKED_SCRIPT]; i++)
		put_check(t, &m->checks[i]);
	for (uint16_t i = 0; i < m->tracked[TRACKED_FILE]; i++)
		put_file(t, &m->files[i]);
	for (uint32_t i = 0; i < m->node.instance_count; i++)
		put_instance(t, m, i);
	for (uint16_t i = 0; i < m->node.group_count; i++)
		put_group(t, m, i);
}
