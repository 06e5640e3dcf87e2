/* engine/report.h - what the core wants told: to the journal and to the operator's scripts. */
#ifndef ENGINE_REPORT_H
#define ENGINE_REPORT_H

#include <stdint.h>

#include "conf/model.h"
#include "core/action.h"
#include "engine/workerlink.h"

struct report {
	struct workerlink *worker;
	const char *host_name; /* stands for a router_id that is not configured */
};

/* Tells |list|, ACT_STATE, ACT_LOG and ACT_NOTIFY of one node made from |model|, in order. A
 * notification is about the change of state that stands before it. */
void report_actions(const struct report *, const struct model *model, const struct action *list,
		    uint32_t count);

#endif
