/* conf/diff.h - what is different between two configurations, block by block.
 *
 * Works on canonical prints (conf_print()), in which a thing is always written the same way. */
#ifndef CONF_DIFF_H
#define CONF_DIFF_H

#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

struct conf_diff {
	uint32_t same, changed, added, removed, renamed; /* blocks */
};

/* Appends a line about every block that differs, and about its lines, to |out|; passwords are not
 * shown. E_NOMEM. */
int conf_diff(struct arena *, const char *before, const char *after, struct text *out,
	      struct conf_diff *ret);

#endif
