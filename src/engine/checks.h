/* engine/checks.h - the judges of a generation's checks, and which of them is due next.
 *
 * Results come from the worker; that none comes is judged here too, so a worker that dies or hangs
 * cannot keep a check alive. */
#ifndef ENGINE_CHECKS_H
#define ENGINE_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/heap.h"
#include "check/judge.h"
#include "core/event.h"

enum { CHECK_DETAIL_MAX = 160 };

struct check_state {
	struct judge judge;
	struct heap_item due;
	char detail[CHECK_DETAIL_MAX]; /* what the worker said of the newest result */
	usec_t since;                  /* of the verdict */
};

struct checks {
	struct check_state *list; /* in the order of the configuration */
	uint16_t count;
	struct heap heap;
};

/* Begins at |now| with no results. |conf| is borrowed. E_NOMEM. */
int checks_init(struct checks *, const struct check_conf *conf, uint16_t count, usec_t now,
		struct arena *);

/* Checks of |next| that have the name and the definition of one of |prev| go on with its verdict.
 */
void checks_inherit(struct checks *next, const struct checks *prev);

/* Takes in a result of check |id|, and logs what users look for. True: the verdict has changed. */
bool checks_result(struct checks *, usec_t now, uint16_t id, enum probe_outcome, int32_t code,
		   usec_t duration_us, const char *detail);

/* When checks_take_due() is to be called; USEC_NEVER: not at all. */
usec_t checks_deadline(const struct checks *);
/* Judges one check that is due at |now|; false when none is. |*ret_changed| tells whether the
 * verdict of |*ret_id| has changed. */
bool checks_take_due(struct checks *, usec_t now, uint16_t *ret_id, bool *ret_changed);

/* The verdict as the core knows it. */
enum verdict checks_verdict(const struct checks *, uint16_t id);

#endif
