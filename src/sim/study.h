/* sim/study.h - what becomes of a cluster when one thing breaks: every single fault, one world
 * each.
 *
 * The operator's question before the night it matters. The hosts are made from real configurations,
 * the service behind them and what its checks see from a few words on the command line. Each case
 * is run from a cold start, through a calm time, then the fault, then long enough for every delay
 * of the configuration to have passed. Pure; called by `buoy simulate`. */
#ifndef SIM_STUDY_H
#define SIM_STUDY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "conf/model.h"
#include "sim/world.h"

/* kind, what the operator reads. {host} is filled in, {what} a check, a link or another host. */
#define STUDY_FAULTS(X)                                                                            \
	X(STUDY_CALM, "nothing breaks")                                                            \
	X(STUDY_POWER, "{host}: power cut")                                                        \
	X(STUDY_POWER_BACK, "{host}: back after a power cut")                                      \
	X(STUDY_KILL, "{host}: daemon killed")                                                     \
	X(STUDY_KILL_BACK, "{host}: daemon killed, started again by systemd")                      \
	X(STUDY_HANG, "{host}: daemon hangs")                                                      \
	X(STUDY_HANG_BACK, "{host}: daemon hangs, killed by its watchdog")                         \
	X(STUDY_PAUSE, "{host}: VM paused for 90 s")                                               \
	X(STUDY_SERVICE_DOWN, "{host}: service down")                                              \
	X(STUDY_SERVICE_BACK, "{host}: service back after 120 s")                                  \
	X(STUDY_SERVICE_HUNG, "{host}: service hangs")                                             \
	X(STUDY_SERVICE_FREE, "{host}: service hangs for 120 s")                                   \
	X(STUDY_CHECK, "{host}: check {what} fails")                                               \
	X(STUDY_LINK, "{host}: link {what} cut")                                                   \
	X(STUDY_LINK_BACK, "{host}: link {what} back after 120 s")                                 \
	X(STUDY_CUT, "{host}: cut off, its link stays up")                                         \
	X(STUDY_CUT_BACK, "{host}: cut off for 120 s, its link stays up")                          \
	X(STUDY_FILTER_OUT, "{host}: its VRRP is filtered on the way out")                         \
	X(STUDY_FILTER_IN, "{host}: VRRP is filtered on the way in")                               \
	X(STUDY_FILTER, "VRRP filtered both ways between all hosts")

enum study_fault {
#define X(id, text) id,
	STUDY_FAULTS(X)
#undef X
		STUDY_FAULT_COUNT
};

struct study_case {
	enum study_fault fault;
	uint8_t host;   /* SIM_NONE: all */
	uint16_t index; /* CHECK, LINK: which */
};

enum study_verdict { STUDY_OK, STUDY_SLOW, STUDY_STUCK, STUDY_SPLIT, STUDY_STALE, STUDY_VERDICTS };

/* Who held the address from |at| on, one bit a host. */
struct study_mark {
	usec_t at; /* from the fault; what was before is at 0 */
	uint16_t holders;
	bool served;
};

enum { STUDY_MARKS = 64 };

struct study_result {
	struct study_case cases[2];
	uint8_t case_count;
	uint32_t router;       /* the virtual router it went worst for */
	uint8_t before, after; /* who held its address; SIM_NONE: nobody, or not one */
	usec_t address_us;     /* without an address that answers */
	usec_t service_us;     /* without the service */
	usec_t split_us;       /* two hosts held it at once */
	enum study_verdict verdict;
	struct study_mark marks[STUDY_MARKS];
	uint16_t mark_count;
	char reason[320];
};

struct study_conf {
	const struct model *models[SIM_HOSTS_MAX];
	const char *names[SIM_HOSTS_MAX];
	uint8_t host_count;
	/* What a check of that name looks at; a check that is not named looks whether the service
	 * is alive. */
	const char *check_names[16];
	enum check_kind check_kinds[16];
	uint8_t check_count;
	enum promotion promotion;
	usec_t promote_us;
};

struct study {
	const struct study_conf *conf;
	struct world_conf world;
	struct arena *arena; /* of what the cases share */
	usec_t calm_us;      /* from the cold start to the fault */
	usec_t watch_us;     /* from the fault to the end */
	bool needs_write;    /* some check looks for a database that takes writes */
};

/* Prepares the worlds. E_NOMEM, or E_RANGE when there are more LANs than a world can have. */
int study_init(struct study *, const struct study_conf *, struct arena *arena);
/* Fills |list| with every case there is; returns how many, at most |room|. */
uint32_t study_cases(const struct study *, struct study_case *list, uint32_t room);
/* Who wants to see the steps of a case; NULL: nobody. |at| is from the fault on, negative before.
 */
struct study_watcher {
	void *ctx;
	void (*stepped)(void *ctx, int64_t at_us, const struct world *, const struct stepped *);
	void (*marked)(void *ctx, int64_t at_us, const char *host, const char *what);
};
/* Runs |count| faults (1 or 2, the second 30 s after the first). |scratch| is emptied by the
 * caller. E_NOMEM. */
int study_run(const struct study *, const struct study_case *cases, uint8_t count,
	      const struct study_watcher *, struct arena *scratch, struct study_result *ret);

/* "node1: service down". */
void study_case_text(struct text *, const struct study *, const struct study_case *);
/* "stuck" for STUDY_STUCK. */
const char *study_verdict_name(enum study_verdict);

#endif
