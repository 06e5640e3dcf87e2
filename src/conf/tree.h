/* conf/tree.h - words to statements: a keyword, its words, and perhaps a block of further ones.
 *
 * Knows braces, included files and which words begin a block at the top of a file; what keywords
 * mean it does not know. Text that is put in place of other text ($NAME, ~SEQ, @id) has been put
 * there before it comes here, by conf/expand.h. */
#ifndef CONF_TREE_H
#define CONF_TREE_H

#include <stdbool.h>

#include "conf/complaint.h"
#include "conf/load.h"

struct statement {
	const struct word *words; /* the keyword first; never empty */
	uint32_t count;
	bool block;                    /* has braces */
	bool broken;                   /* has been complained about: not to be looked at */
	bool hurt;                     /* something in the block is broken */
	const struct statement *first; /* in the braces */
	const struct statement *next;
};

struct tree {
	const struct statement *first;
	bool sound; /* braces and quotes fit: the statements are worth looking at */
};

enum { DEPTH_MAX = 32, INCLUDE_DEPTH_MAX = 16, FILES_MAX = 1000, BYTES_MAX = 64 << 20 };

/* Reads |path| and what it includes. The result of |host| when |path| cannot be read (which is
 * complained about too), else 0. */
int tree_read(const struct conf_host *, struct complaints *, const char *path, struct tree *ret);

#endif
