#include "conf/lex.h"

#include <string.h>

#include "conf/shell.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Bytes of a backslash that joins lines, with the line end; else 0. */
static size_t join_len(const struct lexer *lx)
{
	const char *p = lx->p;

	if (*p != '\\')
		return 0;
	if (lx->end - p > 1 && p[1] == '\n')
		return 2;
	return lx->end - p > 2 && p[1] == '\r' && p[2] == '\n' ? 3 : 0;
}

static void join(struct lexer *lx, size_t len)
{
	lx->p += len;
	lx->line++;
	lx->line_start = lx->p;
}

static struct token token_here(const struct lexer *lx, enum token_kind kind)
{
	return (struct token){
		.kind = kind,
		.word = {
			.s = "",
			.source = lx->source,
			.offset = (uint32_t)(lx->p - (const char *)lx->source->text.p),
			.raw_len = 1,
			.line = lx->line,
			.column = (uint32_t)(lx->p - lx->line_start) + 1,
		},
	};
}

bool lex_init(struct lexer *lx, const struct source *source, struct complaints *c)
{
	const char *text = (const char *)source->text.p;
	const char *nul = source->text.len > 0 ? memchr(text, '\0', source->text.len) : NULL;
	static const char bom[] = "\xef\xbb\xbf";
	struct token here;

	*lx = (struct lexer){
		.source = source,
		.complaints = c,
		.p = text,
		.end = text + source->text.len,
		.line_start = text,
		.line = 1,
	};
	lx->out = complaints_need(c, arena_alloc(c->arena, source->text.len + 1));
	if (lx->out == NULL)
		return false;
	if (source->text.len >= 3 && memcmp(text, bom, 3) == 0) {
		here = token_here(lx, TOKEN_WORD);
		here.word.raw_len = 3;
		complain(c, D_BOM, &here.word,
			 "a byte order mark, skipped; keepalived would take it for a keyword");
		lx->p += 3;
	}
	if (nul == NULL)
		return true;
	for (; lx->p < nul; lx->p++)
		if (*lx->p == '\n') {
			lx->line++;
			lx->line_start = lx->p + 1;
		}
	here = token_here(lx, TOKEN_WORD);
	complain(c, D_BYTE, &here.word, "a NUL byte: this is not a text file");
	return false;
}

void lex_skip_line(struct lexer *lx)
{
	while (lx->p < lx->end && *lx->p != '\n')
		lx->p++;
}

static bool is_comment(char c)
{
	return c == '#' || c == '!';
}

static void skip_blanks(struct lexer *lx)
{
	while (lx->p < lx->end) {
		size_t joined = join_len(lx);

		if (joined > 0) {
			join(lx, joined);
		} else if (is_comment(*lx->p)) {
			lex_skip_line(lx);
		} else if (is_blank(*lx->p)) {
			lx->p++;
		} else {
			return;
		}
	}
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == ' ';
}

/* Where a "${NAME}" at |p| ends; |p| when there is none on this line. */
static const char *variable_end(const char *p, const char *end)
{
	const char *close;

	if (end - p < 3 || p[0] != '$' || p[1] != '{')
		return p;
	for (close = p + 2; close < end && is_name(*close); close++)
		continue;
	return close < end && *close == '}' ? close + 1 : p;
}

static bool ends_word(char c)
{
	return is_blank(c) || c == '\n' || c == '{' || c == '}' || is_comment(c);
}

/* The three kinds of words: each copies to |out|, returns where that ends, and NULL when a quote is
 * not closed. */

static char *bare_word(struct lexer *lx, char *out)
{
	while (lx->p < lx->end && !ends_word(*lx->p) && *lx->p != '"') {
		const char *variable = variable_end(lx->p, lx->end);
		size_t joined = join_len(lx);

		if (joined > 0) {
			join(lx, joined);
			continue;
		}
		if (*lx->p == '\\' && lx->end - lx->p > 1 && is_comment(lx->p[1]))
			lx->p++;
		do
			*out++ = *lx->p++;
		while (lx->p < variable);
	}
	return out;
}

static char *quoted_word(struct lexer *lx, char *out)
{
	lx->p++;
	while (lx->p < lx->end && *lx->p != '\n') {
		size_t joined = join_len(lx);

		if (joined > 0) {
			join(lx, joined);
			continue;
		}
		if (*lx->p == '"') {
			lx->p++;
			return out;
		}
		*out++ = *lx->p++;
	}
	return NULL;
}

static char *command_word(struct lexer *lx, char *out)
{
	char quote = '\0';

	while (lx->p < lx->end && *lx->p != '\n' && (quote != '\0' || !ends_word(*lx->p))) {
		const char *variable = variable_end(lx->p, lx->end);
		size_t joined = join_len(lx);
		char c = *lx->p;

		if (joined > 0) {
			join(lx, joined);
		} else if (c == quote) {
			quote = '\0';
			lx->p++;
		} else if (quote == '\0' && (c == '"' || c == '\'')) {
			quote = c;
			lx->p++;
		} else if (c == '\\') {
			lx->p = shell_escape(lx->p + 1, lx->end, out++);
		} else {
			do
				*out++ = *lx->p++;
			while (lx->p < variable);
		}
	}
	return quote == '\0' ? out : NULL;
}

static struct token word_token(struct lexer *lx, bool command)
{
	struct token t = token_here(lx, TOKEN_WORD);
	const char *start = lx->p;
	char *out = lx->out + t.word.offset, *from, *end;

	t.word.quoted = *start == '"' || (command && *start == '\'');
	from = t.word.quoted ? out + 1 : out;
	if (command)
		end = command_word(lx, from);
	else
		end = t.word.quoted ? quoted_word(lx, from) : bare_word(lx, from);
	t.word.raw_len = (uint32_t)(lx->p - start);
	t.word.s = from;
	t.broken = end == NULL;
	if (t.broken) {
		t.word.raw_len = 1;
		complain(lx->complaints, D_QUOTE, &t.word,
			 "a quote is opened here and not closed on this line");
		end = from;
	}
	*end = '\0';
	t.word.len = (uint32_t)(end - from);
	if (memchr(from, '\0', t.word.len) != NULL) {
		complain(lx->complaints, D_COMMAND, &t.word, "an escape gives a NUL byte");
		t.broken = true;
	}
	return t;
}

struct token lex_next(struct lexer *lx, bool command)
{
	struct token t;

	skip_blanks(lx);
	if (lx->p == lx->end)
		return token_here(lx, TOKEN_END);
	switch (*lx->p) {
	case '\n':
		t = token_here(lx, TOKEN_LINE);
		join(lx, 1);
		return t;
	case '{':
		t = token_here(lx, TOKEN_OPEN);
		lx->p++;
		return t;
	case '}':
		t = token_here(lx, TOKEN_CLOSE);
		lx->p++;
		return t;
	default:
		return word_token(lx, command);
	}
}
