/* conf/lex.h - bytes to words, braces and line ends.
 *
 * Words end at blanks, braces, comments and quotes. A comment begins with # or ! anywhere outside
 * quotes, also glued to a word; \# and \! are the characters themselves. A backslash at the end of
 * a line joins the next one. There is no limit to a line. In ordinary words only " quotes and
 * nothing is an escape; in commands (script, notify, ...) the rules of conf/shell.h hold. That is
 * how keepalived reads: auth_pass 'x' is a password of three characters.
 *
 * Lines with definitions and the like are read as conf/expand.h gives them back; the words know
 * where in the file they come from. */
#ifndef CONF_LEX_H
#define CONF_LEX_H

#include <stdbool.h>

#include "conf/complaint.h"
#include "conf/expand.h"
#include "conf/source.h"

enum token_kind {
	TOKEN_WORD,
	TOKEN_OPEN,  /* { */
	TOKEN_CLOSE, /* } */
	TOKEN_LINE,  /* the line has ended */
	TOKEN_END,   /* the file has ended */
};

struct token {
	enum token_kind kind;
	bool broken;      /* the word has been complained about */
	struct word word; /* of the others: only where they stand */
};

/* What is read: a file, or a line of it with all in place. */
struct lex_text {
	const char *begin, *p, *end, *line_start;
	char *out; /* the copy of the text in which words are put together */
	uint32_t line;
};

struct lexer {
	const struct source *source;
	struct complaints *complaints;
	struct expander *expander; /* NULL: the source has nothing to replace */
	struct lex_text t, file;   /* |file|: what is gone on with after |expansion| */
	struct expansion expansion;
	bool expanded; /* |t| is |expansion| */
	bool fresh;    /* at the beginning of a line of the file */
};

/* How the next word is to be taken. */
enum lex_mode {
	LEX_WORD,
	LEX_COMMAND, /* quoted as in a shell */
	LEX_PATH,    /* braces are letters of it */
};

/* Starts reading |source|, which outlives the words. False without memory, or when the text has a
 * NUL byte, which is complained about. */
bool lex_init(struct lexer *, const struct source *, struct expander *);
/* The next token. */
struct token lex_next(struct lexer *, enum lex_mode mode);
#endif
