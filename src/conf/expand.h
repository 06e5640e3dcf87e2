/* conf/expand.h - text in place of text: @id lines, $NAME definitions, ~SEQ and ~LST.
 *
 * Between the bytes of a file and its words. The lexer asks at the beginning of every line; a line
 * that needs none of this, which is nearly every line, is read as it stands. Another one is copied,
 * with what it names put in place, and the copy knows of every byte where in the file it comes
 * from: a complaint points at the line people wrote. What keepalived replaces, and when, was found
 * by asking keepalived 2.2.7; buoyd.conf(5) has the rules.
 *
 * What comes out is limited, whatever goes in: EXPAND_BYTES_MAX of work for a whole configuration,
 * EXPAND_DEPTH_MAX replacements within each other, EXPAND_REPEATS_MAX repetitions. */
#ifndef CONF_EXPAND_H
#define CONF_EXPAND_H

#include "conf/complaint.h"
#include "conf/load.h"
#include "conf/names.h"

enum {
	EXPAND_BYTES_MAX = 8 << 20,
	EXPAND_DEPTH_MAX = 32,
	EXPAND_REPEATS_MAX = 100000,
	EXPAND_NAME_MAX = 100,
};

/* A stretch of replaced text and where it comes from. */
struct piece {
	uint32_t at;                   /* where in the copy it begins */
	uint32_t offset, line, column; /* in the file: of its first byte, or of the reference */
	uint32_t len;                  /* of the reference; 0: the bytes themselves stand there */
	uint32_t from_line;
	const struct definition *from; /* whose value it is; NULL: nobody's */
};

/* A line with everything in place. Grows in the arena. */
struct expansion {
	const struct source *source;
	char *text;
	uint32_t len, room;
	struct piece *pieces; /* in the order of |at|; none overlaps */
	uint32_t count, piece_room;
};

struct definition {
	const char *name;
	const struct source *source; /* NULL: the variable of a ~SEQ or ~LST */
	uint32_t line;               /* of the first byte of the value */
	const char *text;            /* lines end in \n */
	uint32_t len;
};

struct expander {
	struct complaints *complaints;
	const struct conf_host *host;
	struct names names; /* to places in |values| */
	const struct definition **values;
	uint32_t room;
	uint32_t work, repeats; /* done so far */
	struct expansion out;
};

/* Where a line begins, and then where it has ended. */
struct line_place {
	const char *p, *line_start;
	uint32_t line;
};

/* E_NOMEM. */
int expander_init(struct expander *, struct complaints *, const struct conf_host *);

/* Whether |source| can have anything to replace at all. */
bool expand_needed(const struct source *source);
/* True when the line at |*place| is to be replaced by the |*ret|, which lives until the arena goes;
 * then |*place| is moved to the end of the line. */
bool expand_line(struct expander *, const struct source *, struct line_place *place,
		 struct expansion *ret);

/* The word that stands in the |len| bytes at |at| of the expansion, as far as its place goes. */
struct word expansion_word(const struct expansion *, uint32_t at, uint32_t len);

/* The rest is between expand.c, define.c and repeat.c. */

/* |len| bytes of |in| at |from|, as text of their own. */
struct span {
	const struct expansion *in;
	uint32_t from, to;
};

static inline const char *span_text(struct span s)
{
	return s.in->text + s.from;
}

/* Reads $NAME or @id lines and so on of one line, and puts what becomes of it into x->out. */
void expand_span(struct expander *, struct span, unsigned depth);
/* |s| with all it names put in place, once; the result is as good as |s| when there is nothing. */
bool expand_references(struct expander *, struct span s, struct expansion *ret);
/* Appends |s| of |len| bytes, of which |piece| (without |at|) tells the origin. False: too much. */
bool expansion_add(struct expander *, struct expansion *, const char *s, uint32_t len,
		   struct piece piece);

/* define.c: the bytes of "$NAME=" at the beginning of |s|, or 0. */
size_t define_len(const char *s, const char *end);
/* Defines the |name_len| bytes at |name| as |d| says. */
void define(struct expander *, const char *name, size_t name_len, struct definition d);
/* What |name| means now, or NULL. The place can be written to, to mean something else for a while.
 */
const struct definition **define_find(struct expander *, const char *name, size_t len);
/* The value of a predefined ${_NAME ARGUMENTS}; |at| is for complaints. NULL: there is no such. */
const char *define_builtin(struct expander *, const struct word *at, const char *s, size_t len);
/* Bytes of the letters, digits and underscores of a name at |s|. */
size_t define_name_len(const char *s, const char *end);
/* The rest of a line that begins with @id, or NULL when the line is not for us. */
const char *define_condition(struct expander *, const char *s, const char *end);

/* repeat.c: whether |s| begins with ~SEQ, ~SEQx or ~LST and a parenthesis. */
bool repeat_begins(const char *s, const char *end);
/* Does so. */
void repeat_span(struct expander *, struct span, unsigned depth);

#endif
