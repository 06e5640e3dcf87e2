/* notify/notify.h - a change of state -> what the operator's scripts are called with.
 *
 * Pure. Arguments are exactly keepalived's: the generic |notify| gets four more (INSTANCE or
 * GROUP, name, state, priority, which is 0 for a group), notify_master and its like get only their
 * own. What keepalived does not give, a script finds in its environment, see buoyd.conf(5). */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include <stdint.h>

#include "base/arena.h"
#include "base/time.h"
#include "check/check.h"

enum notify_script {
	NOTIFY_SCRIPT_MASTER, /* the first four in the order of core's enum notify_state */
	NOTIFY_SCRIPT_BACKUP,
	NOTIFY_SCRIPT_FAULT,
	NOTIFY_SCRIPT_STOP,
	NOTIFY_SCRIPT_ALL, /* notify */
	NOTIFY_SCRIPT_COUNT
};

/* Notifications of one instance. argv NULL: none configured. */
struct notify_conf {
	struct script_conf scripts[NOTIFY_SCRIPT_COUNT];
};

/* What happened, in words a script can use. All strings borrowed; NULL stands for nothing, but for
 * |state| and the name of what it is about: |instance|, or |group| where there is no instance. */
struct notify_facts {
	const char *instance;
	const char *group;  /* the sync group, or that of the instance */
	const char *state;  /* MASTER BACKUP FAULT STOP */
	const char *before; /* the state it left */
	const char *reason; /* the sentence of the state change */
	const char *interface;
	const char *vips; /* addresses separated by spaces, no prefix lengths */
	const char *router_id;
	uint8_t priority, vrid;
};

/* One call to be made. argv and envp end with NULL and live in the arena, but for the script's own
 * words, which stay the configuration's. envp is what is added to the environment, the same for
 * every script:
 *
 *	BUOY_INSTANCE      name of the vrrp_instance; empty when this is about a group
 *	BUOY_GROUP         name of its vrrp_sync_group
 *	BUOY_STATE         MASTER, BACKUP, FAULT or STOP
 *	BUOY_STATE_BEFORE  the state it left
 *	BUOY_REASON        the sentence of the state change
 *	BUOY_PRIORITY      effective priority
 *	BUOY_VRID          virtual router ID
 *	BUOY_INTERFACE     interface of the instance
 *	BUOY_VIPS          its addresses, separated by spaces
 *	BUOY_ROUTER_ID     router_id of global_defs */
struct notify_call {
	const struct script_conf *script;
	const char *const *argv;
	const char *const *envp;
};

/* Writes the calls for |f| in their order (notify_<state> first, then notify) into |calls| and
 * their number to |*ret_count|. |state_script| is the NOTIFY_SCRIPT_* of the new state. E_NOMEM. */
int notify_calls(const struct notify_conf *, enum notify_script state_script,
		 const struct notify_facts *f, struct arena *, struct notify_call calls[2],
		 uint32_t *ret_count);

#endif
