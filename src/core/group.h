/* core/group.h - sync groups: instances that are MASTER together or not at all.
 *
 * keepalived's vrrp_sync_group, made precise. A member *wants* to be MASTER when its own protocol
 * says so: its Master_Down_Timer ran out and nobody better was heard since. A group is MASTER
 * exactly while every member wants it and none is ill; one member's fault is the fault of all.
 * Weights count for each member as they do outside a group (keepalived drops them there); conf/
 * puts what one member tracks with a weight into the lists of all, so that their priorities move
 * together. Called by instance.c. */
#ifndef CORE_GROUP_H
#define CORE_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/action.h"
#include "core/conf.h"

struct instance;

struct sync_group {
	const struct group_conf *conf; /* borrowed */
	struct instance *instances;    /* all of the node; members are named by number */
	enum vrrp_state state;         /* as last notified */
};

/* True when every member wants to be MASTER and none is ill. */
bool group_may_master(const struct sync_group *);
/* The first member that keeps the group from being MASTER, NULL when none does. */
const struct instance *group_find_unwilling(const struct sync_group *);
/* True when every member has stopped for good, and one at least had begun. */
bool group_has_stopped(const struct sync_group *);
/* The first member that is ill by itself, NULL when all are well. */
const struct instance *group_find_ill(const struct sync_group *);
/* What the members' states come to: FAULT if one is, MASTER if all are, BACKUP if none is in INIT.
 */
enum vrrp_state group_state(const struct sync_group *);

#endif
