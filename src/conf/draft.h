/* conf/draft.h - what the file says, before names are looked up and defaults are put in.
 *
 * Filled by the tables of conf/keys.h, read by conf/resolve.h. Every value remembers the word it
 * came from, so that a later stage can complain about it; |at| NULL means not given. */
#ifndef CONF_DRAFT_H
#define CONF_DRAFT_H

#include "base/addr.h"
#include "base/route.h"
#include "conf/model.h"
#include "conf/source.h"
#include "notify/notify.h"

struct setting {
	int64_t v; /* number, microseconds, 0 or 1, or place in the list of choices */
	const struct word *at;
	bool bad; /* complained about: neither |v| nor the text of |at| is a value */
};

struct draft_command {
	const struct word *at; /* the command; NULL: none */
	const char *const *argv;
	const char *text;
	const struct word *user, *group;
};

struct draft_track {
	struct draft_track *next;
	const struct word *name;
	struct setting weight;
	struct setting reverse; /* 1 reverse, 0 noreverse */
};

struct draft_tracks {
	struct draft_track *first, *last;
	uint32_t count;
};

enum draft_brd { BRD_NONE, BRD_GIVEN, BRD_ONES, BRD_ZEROS };

struct draft_addr {
	const struct word *at;
	struct addr addr; /* ADDR_NONE: complained about */
};

struct draft_peer {
	struct draft_peer *next;
	const struct word *at;
	struct addr addr;
	struct setting min_ttl, max_ttl;
};

/* Where adverts come from and go to. */
struct draft_wire {
	struct draft_addr mcast_source, unicast_source, group;
	const struct word *peers_at;
	struct draft_peer *peers, *last_peer;
	uint32_t peer_count;
	bool peers_faulty; /* one of them was complained about */
	struct setting unicast_ttl, fault_no_peer, old_checksum;
	struct setting sum, sum_as_v2, owner_ignore, no_vip;
};

struct draft_vip {
	struct draft_vip *next;
	bool excluded;         /* not listed in adverts */
	const struct word *at; /* the address as written */
	struct addr addr;
	struct setting prefix;
	struct addr broadcast;
	enum draft_brd brd;
	struct setting brd_at, scope;
	struct setting dev, label;
};

struct draft_route {
	struct draft_route *next;
	const struct word *at;
	struct routing what;                     /* hops without their links */
	const struct word *devs[ROUTE_HOPS_MAX]; /* their names, NULL: none */
	bool no_track;
};

struct draft_routes {
	struct draft_route *first, *last;
	uint32_t count;
};

struct draft_email {
	struct draft_email *next;
	const struct word *at;
};

struct draft_garp {
	struct setting delay, repeat, refresh, refresh_repeat, lower_delay, lower_repeat;
};

struct draft_global {
	struct setting router_id, default_interface;
	struct setting script_user, script_group, script_security;
	struct draft_email *emails, *last_email;
	uint32_t email_count;
	struct setting email_from, smtp_server, smtp_port, smtp_timeout, smtp_helo;
	struct setting smtp_alert, smtp_alert_vrrp, no_email_faults;
	struct draft_garp garp;
	struct setting lower_prio_no_advert, higher_prio_send_advert, down_adverts, version;
	struct setting startup_delay, delay_after_boot;
	struct draft_addr group4, group6;
	struct setting sum_as_v2, owner_ignore;
};

struct draft_weight {
	struct setting number, reverse;
};

struct draft_file {
	struct draft_file *next;
	const struct word *name;
	bool faulty;
	struct setting path, init, overwrite; /* |init|: its value is the number */
	struct draft_weight weight;
};

struct draft_check {
	struct draft_check *next;
	const struct word *name;
	bool faulty; /* complained about: what is missing may be what was misspelt */
	struct draft_command script;
	struct setting interval, timeout, rise, fall, init_fail;
	struct draft_weight weight;
	struct setting user, group;
};

struct draft_tracking {
	struct draft_tracks links, kinds[TRACKED_KINDS];
};

struct draft_instance {
	struct draft_instance *next;
	const struct word *name;
	bool faulty;
	struct setting state, interface, vrid, priority, advert_int, version;
	struct setting nopreempt, preempt_delay;
	struct setting auth, auth_type, auth_pass;
	struct setting down_adverts, lower_prio_no_advert, higher_prio_send_advert;
	struct setting dont_track_primary, debug, smtp_alert;
	struct draft_garp garp;
	struct draft_vip *vips, *last_vip;
	uint32_t vip_count, excluded_count; /* the first holds the second too */
	struct draft_wire wire;
	struct draft_tracking tracks;
	struct draft_routes routes, rules;
	struct draft_command scripts[NOTIFY_SCRIPT_COUNT];
};

struct draft_member {
	struct draft_member *next;
	const struct word *at;
};

struct draft_group {
	struct draft_group *next;
	const struct word *name;
	bool faulty;
	struct setting group;
	struct draft_member *members, *last_member;
	uint32_t member_count;
	struct draft_tracking tracks;
	struct draft_command scripts[NOTIFY_SCRIPT_COUNT];
	struct setting smtp_alert, weights, global_tracking;
};

/* Choices of "state" and "auth_type", in the order of their tables. */
enum { STATE_BACKUP, STATE_MASTER };
enum { AUTH_PASS, AUTH_AH };
enum { SUM_AUTO, SUM_RFC5798, SUM_RFC9568 };

struct draft {
	struct draft_global global;
	struct draft_check *checks, *last_check;
	uint32_t check_count;
	struct draft_file *files, *last_file;
	uint32_t file_count;
	struct draft_instance *instances, *last_instance;
	uint32_t instance_count;
	struct draft_instance statics; /* static_ipaddress, static_routes, static_rules */
	struct draft_group *groups, *last_group;
	uint32_t group_count;
	const struct word *mail;     /* the first word about mail */
	const struct word *security; /* the first command */
	bool lvs;
};

#endif
