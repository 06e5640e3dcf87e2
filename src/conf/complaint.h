/* conf/complaint.h - how the reader collects what it has to say.
 *
 * Every stage complains here and goes on; conf_load() puts the complaints into the order of the
 * file at the end. The kinds of complaints stand in diag.def. Pure memory: running out of it is
 * remembered, so that the stages need not look after every call. */
#ifndef CONF_COMPLAINT_H
#define CONF_COMPLAINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "conf/load.h"
#include "conf/source.h"

enum { DIAG_SECURITY = 1, DIAG_FATAL = 2, DIAG_QUIET = 4 };

enum diag_id {
#define DIAG(id, code, grade, flags, meaning) id,
#include "conf/diag.def"
#undef DIAG
	DIAG_COUNT
};

struct diag_kind {
	const char *code, *meaning;
	enum diag_grade grade;
	unsigned flags;
};

enum { ERRORS_MAX = 100, WARNINGS_MAX = 1000, ADVICE_MAX = 200 }; /* shown */

struct remark;

struct complaints {
	struct arena *arena;
	struct remark *first, **tail;
	uint32_t errors, warnings, advice;
	bool nomem;
	bool stop; /* reading on makes no sense: no memory, too many errors, or a lost thread */
};

/* What |id| is; valid for the program's life. */
const struct diag_kind *diag_kind(enum diag_id);

void complaints_init(struct complaints *, struct arena *);
/* Complains about |at|, which is copied from; its |line| may be 0: about the file as a whole. */
void complain(struct complaints *, enum diag_id, const struct word *at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* |p|; when that is NULL, memory has run out and |stop| is set. */
void *complaints_need(struct complaints *, void *p);
/* All complaints, in the order of the files, then of the lines. */
struct diags complaints_end(struct complaints *);

/* A word as complaints show it: cut when long, without control characters, a secret as ***. */
struct shown {
	char s[68];
};
struct shown shown(const struct word *);
/* |s| cut and cleaned likewise. */
struct shown shown_text(const char *s);

#endif
