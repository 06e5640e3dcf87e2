/* conf/include.h - "include" and its kin: which files a line names, and whether it matters that
 * they are not there. */
#ifndef CONF_INCLUDE_H
#define CONF_INCLUDE_H

#include "conf/complaint.h"
#include "conf/glob.h"

/* What must be; the bits of "include_check". */
enum {
	INCLUDE_READABLE = 1, /* a file that is there can be read */
	INCLUDE_MATCH = 2,    /* a path without a pattern is there */
	INCLUDE_WILDCARD = 4, /* a pattern means at least one file */
	INCLUDE_BRACE = 8,    /* each alternative in braces is there */
};

/* Whether |w| is include or one of its kin; then |*ret_checks| is what it demands by itself. */
bool include_keyword(const struct word *w, unsigned *ret_checks);

/* The words of "include_check" applied to |checks|. */
unsigned include_check(struct complaints *, const struct word *words, uint32_t count,
		       unsigned checks);

/* The files |path| means into g->paths, as seen from the folder of the file it stands in. */
void include_find(struct complaints *, struct glob *g, const struct word *path, unsigned checks);
/* Complains about a file of those that is not there. */
void include_missing(struct complaints *, const struct word *at, const struct glob_path *,
		     unsigned checks);

#endif
