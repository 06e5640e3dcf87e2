/* engine/status.h - what `buoy status` is told, as JSON, in pieces.
 *
 * With thousands of instances the whole of it would take longer to write than an advertisement may
 * be late. So it is made piece by piece, each about one instance, check or interface, when the
 * client has taken the one before. */
#ifndef ENGINE_STATUS_H
#define ENGINE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "engine/generation.h"
#include "engine/workerlink.h"

/* All borrowed. */
struct status_source {
	struct generation *gen;
	const struct workerlink *worker;
	const char *conf_path, *host_name;
	usec_t started_at;
	uint64_t reloads, reloads_failed;
	usec_t now;
};

/* How far a reply has come. Zeroed: nothing is written yet. */
struct status_cursor {
	uint64_t generation;
	uint32_t part, index;
};

/* Makes the next piece: text on the heap, for the caller to free; NULL at the end. E_NOMEM;
 * E_AGAIN: the configuration has changed since the first piece, the reply is void. */
int status_next(const struct status_source *, struct status_cursor *, char **ret_piece);

#endif
