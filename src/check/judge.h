/* check/judge.h - from results to a verdict: rise, fall, and results that do not come.
 *
 * Pure. The engine keeps one judge a check, so a worker that dies takes no verdict with it. The
 * hysteresis is keepalived's: |fall| failures in a row bring a check down, |rise| successes in a
 * row bring it up, one success restores full credit; the first result decides alone.
 *
 * A check whose newest result is older than interval + timeout + JUDGE_SLACK_US counts as failed at
 * once, whatever |fall| says: a check that cannot run has failed. That is the worker's fault and
 * not the service's, so it takes the verdict and not the credit: the next result, if it is a
 * success, makes a check UP at once that was UP before the silence. A check that was DOWN before
 * still needs |rise| successes in a row, counted from the end of the silence; one that had no
 * result before is decided by its first. */
#ifndef CHECK_JUDGE_H
#define CHECK_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "base/time.h"
#include "check/check.h"

/* As long as the worker lets a run live after its timeout, before it kills it and may start the
 * next one. */
#define JUDGE_SLACK_US (2 * USEC_PER_SEC)

enum judge_verdict { JUDGE_UNKNOWN, JUDGE_UP, JUDGE_DOWN };

/* How one run ended. */
enum probe_outcome {
	PROBE_OK,
	PROBE_EXIT,       /* exit status not 0: |code| */
	PROBE_SIGNAL,     /* killed by a signal: |code| */
	PROBE_TIMEOUT,    /* not finished at its deadline */
	PROBE_CANNOT_RUN, /* |code| is an errno; 0: none fits, the worker's detail says why */
	PROBE_OUTCOME_COUNT
};

struct judge {
	const struct check_conf *conf; /* borrowed */
	enum judge_verdict verdict;
	uint32_t streak;                 /* results in a row that speak against |verdict| */
	bool stale;                      /* down because no result came in time */
	enum judge_verdict before_stale; /* the verdict that silence took away */
	usec_t result_at;                /* of the newest result; 0: none yet */
	usec_t stale_at;                 /* without a new result by then the check has failed */
	enum probe_outcome outcome;      /* of the newest result */
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

/* Why the verdict is what it is, for people: "exit status 1", "timed out after 3 s", "cannot run:
 * No such file or directory", "no result for 4.2 s: the worker does not answer", "no result yet",
 * "succeeded". What the worker knows beyond that is in the text of its message. */
void judge_reason(struct text *, const struct judge *, usec_t now);
/* The same for one run, of a check or of a notification, that had |timeout_us| to end. */
void probe_reason(struct text *, enum probe_outcome, int32_t code, usec_t timeout_us);

/* True when |a| and |b| run the same and judge it by the same rise and fall, so that a verdict
 * survives a reload. What tracks make of it (weight, reverse) and how it began (init_fail) may
 * differ. */
bool check_conf_same(const struct check_conf *a, const struct check_conf *b);

#endif
