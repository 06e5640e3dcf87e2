/* conf/glob.h - the files a pattern means: * ? [a-z] and {a,b}, as "include" takes them.
 *
 * Names that begin with a dot want a dot in the pattern. The files of one alternative in braces
 * come in the order of their bytes, the alternatives as written. */
#ifndef CONF_GLOB_H
#define CONF_GLOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "conf/load.h"

enum { GLOB_PATH_MAX = 1024, GLOB_PATHS_MAX = 1000, GLOB_DEPTH_MAX = 16 };

struct glob_path {
	const char *path;
	bool found; /* known to be there: it came from a folder */
};

struct glob {
	struct arena *arena;
	const struct conf_host *host;
	struct glob_path *paths;
	uint32_t count, room;
	uint32_t work; /* patterns and folders looked at; goes on from pattern to pattern */
	bool missing;  /* a folder is not there */
	bool nomem, full;
};

/* Whether |s| has braces with a comma in them, or anything else of a pattern. */
bool glob_has_braces(const char *s);
bool glob_has_wildcards(const char *s);
/* Whether |name| is what |pattern| (without braces) means. */
bool glob_matches(const char *pattern, const char *name);

/* Fills |paths| with the files of |pattern|, which names a folder relatively to nothing else. A
 * path without wildcards stands for itself, there or not. E_NOMEM; E_FULL beyond the limits. */
int glob_expand(struct glob *, const char *pattern);

#endif
