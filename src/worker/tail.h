/* worker/tail.h - the last line of what a script has printed, in fixed room.
 *
 * Blank lines do not count, a line that is not finished does. Of a long line the beginning is kept.
 */
#ifndef WORKER_TAIL_H
#define WORKER_TAIL_H

#include <stddef.h>

enum { TAIL_MAX = 200, TAIL_TEXT_MAX = TAIL_MAX + 1 };

struct tail {
	char line[TAIL_MAX]; /* being written */
	char last[TAIL_MAX]; /* the newest that was finished */
	size_t line_len, last_len;
};

/* An empty tail is all zero. */
void tail_add(struct tail *, const char *bytes, size_t len);
/* The last line, control characters made spaces, none of them at its end; "" for none. */
void tail_text(const struct tail *, char ret[TAIL_TEXT_MAX]);

#endif
