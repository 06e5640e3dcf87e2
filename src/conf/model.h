/* conf/model.h - a configuration, read, resolved and checked: what the rest of buoy works from.
 *
 * One model is one generation: everything in it lives in one arena and is never changed. |node|
 * is the part the protocol sees; instances, checks and notifications of the same number belong
 * together by index. */
#ifndef CONF_MODEL_H
#define CONF_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/route.h"
#include "check/check.h"
#include "core/conf.h"
#include "notify/notify.h"

struct mail_conf {
	const char *const *to;
	uint32_t to_count;
	const char *from;
	const char *server; /* as written, port included; NULL: none */
	usec_t connect_timeout_us;
	const char *helo; /* NULL: the host name */
	bool no_faults;   /* none about FAULT */
};

/* What an instance has that neither the protocol nor the notifications need. */
struct instance_more {
	bool starts_as_master;          /* state MASTER: a hint, which the protocol does not use */
	bool mail;                      /* smtp_alert */
	const char *group;              /* its sync group; NULL: none */
	const struct routing *routings; /* what its routes are, in their order */
};

/* What a sync group has that the protocol does not need. */
struct group_more {
	struct notify_conf notify;
	bool mail; /* smtp_alert */
};

/* What is there as long as the daemon runs. */
struct static_conf {
	const struct vip_conf *addrs;
	const struct route_conf *routes;
	const struct routing *routings; /* what the routes are */
	uint16_t addr_count, route_count;
};

/* track_file: a file with a number in it. */
struct file_conf {
	const char *name;
	const char *path;
	int16_t weight; /* default of those that track it */
	bool reverse;
	bool init;      /* written at the start with |init_value| if it is not there ... */
	bool overwrite; /* ... or always */
	int32_t init_value;
};

/* What checks of the node are. They are numbered kind after kind. */
enum tracked { TRACKED_SCRIPT, TRACKED_FILE, TRACKED_KINDS };

struct draft_instance;

struct model {
	const char *router_id; /* NULL: the host name */
	const char *script_user,
		*script_group; /* NULL: keepalived_script if it exists, else root */
	bool script_security;
	bool lvs_skipped; /* the file has LVS blocks, which are not ours */
	usec_t startup_delay_us, delay_after_boot_us; /* until the instances begin */
	struct mail_conf mail;
	struct node_conf node;
	struct static_conf statics;
	uint16_t tracked[TRACKED_KINDS];    /* how many of the node's checks are of each kind */
	const struct check_conf *checks;    /* tracked[TRACKED_SCRIPT], the first of the node's */
	const struct file_conf *files;      /* tracked[TRACKED_FILE], those after them */
	const struct notify_conf *notifies; /* node.instance_count, in its order */
	const struct instance_more *more;   /* node.instance_count, in its order */
	const struct group_more *groups;    /* node.group_count, in its order */
	const struct draft_instance *const
		*drafts;               /* where they stand in the file: only for conf/ */
	const char *default_interface; /* NULL: eth0; of use to static addresses only */
};

/* The number of the first check of |kind|. */
static inline uint16_t model_first(const struct model *m, enum tracked kind)
{
	uint16_t first = 0;

	for (int k = 0; k < (int)kind; k++)
		first = (uint16_t)(first + m->tracked[k]);
	return first;
}

/* What check number |check| of the node is. */
static inline enum tracked model_kind(const struct model *m, uint16_t check)
{
	for (int k = TRACKED_KINDS - 1; k > 0; k--)
		if (check >= model_first(m, (enum tracked)k))
			return (enum tracked)k;
	return TRACKED_SCRIPT;
}

#endif
