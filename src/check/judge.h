/* check/judge.h - from results to a verdict: rise, fall, and results that do not come.
 *
 * Pure. The engine keeps one judge a check, so a worker that dies takes no verdict with it. The
 * hysteresis is keepalived's: |fall| failures in a row bring a check down, |rise| successes in a
 * row bring it up, one success restores full credit; the first result decides alone. A check whose
 * newest result is older than its deadline counts as failed: a check that cannot run has failed. */
#ifndef CHECK_JUDGE_H
#define CHECK_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "check/check.h"

enum judge_verdict { JUDGE_UNKNOWN, JUDGE_UP, JUDGE_DOWN };

/* How one run ended. */
enum probe_outcome {
	PROBE_OK,
	PROBE_EXIT,    /* exit status not 0: |code| */
	PROBE_SIGNAL,  /* killed by a signal: |code| */
	PROBE_TIMEOUT, /* not finished at its deadline */
	PROBE_CANNOT_RUN, /* |code| is an errno */
	PROBE_OUTCOME_COUNT
};

struct judge {
	const struct check_conf *conf; /* borrowed */
	enum judge_verdict verdict;
	uint32_t streak;   /* results in a row that speak against |verdict| */
	bool stale;        /* down because no result came in time */
	usec_t result_at;  /* of the newest result; 0: none yet */
	usec_t stale_at;   /* without a new result by then the check has failed */
	enum probe_outcome outcome; /* of the newest result */
	int32_t code;
	usec_t duration_us; /* of the newest run */
};

/* Begins at |now| with no result: UNKNOWN, or DOWN with init_fail. */
void judge_init(struct judge *, const struct check_conf *, usec_t now);
/* Takes in a result that came at |now|. Returns true when the verdict has changed. */
bool judge_result(struct judge *, usec_t now, enum probe_outcome, int32_t code, usec_t duration_us);
/* When to call judge_due() if no result comes before. */
usec_t judge_deadline(const struct judge *);
/* Judges the absence of results at |now|. Returns true when the verdict has changed. */
bool judge_due(struct judge *, usec_t now);
/* True when the definition of |a| and |b| is the same, so that a verdict survives a reload. */
bool check_conf_same(const struct check_conf *a, const struct check_conf *b);

#endif
