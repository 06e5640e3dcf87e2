/* engine/statics.h - static_ipaddress, static_routes, static_rules: there as long as the daemon
 * runs.
 *
 * They have nothing to do with the protocol. All are given to the kernel at the start, and again
 * after every change in the kernel, at most once a second: the kernel says which of them it had.
 * What cannot be added is logged once and tried again. */
#ifndef ENGINE_STATICS_H
#define ENGINE_STATICS_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/arena.h"
#include "base/time.h"
#include "conf/model.h"

struct static_state {
	bool there;   /* when last tried */
	int told_err; /* the failure that has been logged */
};

struct statics {
	const struct model *model; /* borrowed */
	struct static_state *list; /* addresses, then routes */
	uint32_t count;
	int netlink; /* borrowed */
	usec_t tried_at;
	sd_event_source *timer;
};

/* E_NOMEM. */
int statics_init(struct statics *, const struct model *, struct arena *);
/* Adds all of them through |netlink|, now. */
void statics_add(struct statics *, int netlink);
/* Looks after them from now on, if there are any. */
void statics_watch(struct statics *, sd_event *event);
/* Something has changed in the kernel. */
void statics_kernel_changed(struct statics *);
/* Removes those that |next| does not have; |next| NULL: all. */
void statics_remove(struct statics *, const struct statics *next);
void statics_done(struct statics *);

#endif
