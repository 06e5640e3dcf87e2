/* conf/explain.h - a paragraph about every code of diag.def, for `buoy explain`. */
#ifndef CONF_EXPLAIN_H
#define CONF_EXPLAIN_H

#include "conf/complaint.h"

struct explanation {
	const char *why;     /* what it means and why it matters */
	const char *instead; /* what to write or to do */
};

/* That of |id|; a missing one is a bug, which a test finds: both are NULL then. */
const struct explanation *explain(enum diag_id id);
/* The kind called |code|, in capitals or not; DIAG_COUNT: there is none. */
enum diag_id explain_find(const char *code);

#endif
