/* conf/lex.h - bytes to words, braces and line ends.
 *
 * Words end at blanks, braces, comments and quotes. A comment begins with # or ! anywhere outside
 * quotes, also glued to a word; \# and \! are the characters themselves. A backslash at the end of
 * a line joins the next one. There is no limit to a line. In ordinary words only " quotes and
 * nothing is an escape; in commands (script, notify, ...) the rules of conf/shell.h hold. That is
 * how keepalived reads: auth_pass 'x' is a password of three characters. */
#ifndef CONF_LEX_H
#define CONF_LEX_H

#include <stdbool.h>

#include "conf/complaint.h"
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

struct lexer {
	const struct source *source;
	struct complaints *complaints;
	const char *p, *end, *line_start;
	char *out; /* the copy of the text in which words are put together */
	uint32_t line;
};

/* Starts reading |source|, which outlives the words. False without memory, or when the text has a
 * NUL byte, which is complained about. */
bool lex_init(struct lexer *, const struct source *, struct complaints *);
/* The next token; |command| says that a word would belong to a command. */
struct token lex_next(struct lexer *, bool command);
/* Goes to the end of the line. */
void lex_skip_line(struct lexer *);

#endif
