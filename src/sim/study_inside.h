/* sim/study_inside.h - what the parts of a study call of one another. Nobody else includes it. */
#ifndef SIM_STUDY_INSIDE_H
#define SIM_STUDY_INSIDE_H

#include "sim/study.h"

/* study_faults.c: what breaks. */
void study_strike(struct world *, const struct study_case *);
void study_mend(struct world *, const struct study_case *);
/* How long after the fault its end comes, USEC_NEVER: it stays. */
usec_t study_mended_after(const struct study_case *);

/* One virtual router during a case. */
struct tally {
	usec_t address_us, service_us, split_us, stuck_us, stale_us;
	usec_t moved_at; /* when the first host other than the one before held it; USEC_NEVER */
	uint8_t before, mover; /* mover: the first other host that held it */
	uint16_t holders;
	bool served, reached, ill, stale, split; /* since |since| */
	struct study_mark marks[STUDY_MARKS];
	uint16_t mark_count;
	char stuck[320]; /* why, as it was when it had been stuck for a while */
	char split_why[160], stale_why[200], nobody[200];
	usec_t empty_us; /* without a holder, as it is now */
};

/* study_why.c: what is told of a tally, found out when it is so. */
void study_note_stuck(struct tally *, const struct world *, const struct router *);
void study_note_split(struct tally *, const struct world *, const struct router *);
void study_note_stale(struct tally *, const struct world *, const struct router *, uint8_t host);
void study_note_nobody(struct tally *, const struct world *, const struct router *);

static inline bool is_split(uint16_t holders)
{
	return (holders & (holders - 1)) != 0;
}
/* The host in |holders|; SIM_NONE when there is none, or more than one. */
uint8_t only_one(uint16_t holders);

#endif
