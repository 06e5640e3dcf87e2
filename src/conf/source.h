/* conf/source.h - the bytes of a file, and words that know where they stand in them. */
#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct source {
	const char *name;  /* as shown in complaints */
	struct bytes text; /* as read; never changed, never longer than 64 MiB */
	uint32_t number;   /* in the order of opening, from 0 */
};

struct definition;

/* A word of the configuration. It lives in the arena of the configuration. */
struct word {
	const char *s; /* NUL-terminated, without quotes and escapes */
	const struct source *source;
	uint32_t len;                  /* of |s| */
	uint32_t offset;               /* of the word as written, in |source| */
	uint32_t raw_len;              /* of the word as written */
	uint32_t line, column;         /* from 1; column counts bytes */
	bool quoted;                   /* has a quote in it */
	bool secret;                   /* never shown */
	uint32_t from_line;            /* of |from|, where the text stands */
	const struct definition *from; /* the $NAME it comes from, or NULL (conf/expand.h) */
};

#endif
