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
	const char *p = lx->t.p;

	if (*p != '\\')
		return 0;
	if (lx->t.end - p > 1 && p[1] == '\n')
		return 2;
	return lx->t.end - p > 2 && p[1] == '\r' && p[2] == '\n' ? 3 : 0;
}

static void join(struct lexer *lx, size_t len)
{
	lx->t.p += len;
	lx->t.line++;
	lx->t.line_start = lx->t.p;
}

/* Where the |len| bytes at |p| of what is read stand in the file. */
static struct word place(const struct lexer *lx, const char *p, size_t len)
{
	if (lx->expanded)
		return expansion_word(&lx->expansion, (uint32_t)(p - lx->t.begin), (uint32_t)len);
	return (struct word){
		.s = "",
		.source = lx->source,
		.offset = (uint32_t)(p - lx->t.begin),
		.raw_len = (uint32_t)len,
		.line = lx->t.line,
		.column = (uint32_t)(p - lx->t.line_start) + 1,
	};
}

static struct token token_here(const struct lexer *lx, enum token_kind kind)
{
	return (struct token){ .kind = kind, .word = place(lx, lx->t.p, 1) };
}

bool lex_init(struct lexer *lx, const struct source *source, struct expander *x)
{
	const char *text = (const char *)source->text.p;
	const char *nul = source->text.len > 0 ? memchr(text, '\0', source->text.len) : NULL;
	static const char bom[] = "\xef\xbb\xbf";
	struct complaints *c = x->complaints;
	struct token here;

	*lx = (struct lexer){
		.source = source,
		.complaints = c,
		.expander = expand_needed(source) ? x : NULL,
		.t = {
			.begin = text,
			.p = text,
			.end = text + source->text.len,
			.line_start = text,
			.line = 1,
		},
		.fresh = true,
	};
	lx->t.out = complaints_need(c, arena_alloc(c->arena, source->text.len + 1));
	if (lx->t.out == NULL)
		return false;
	if (source->text.len >= 3 && memcmp(text, bom, 3) == 0) {
		here = token_here(lx, TOKEN_WORD);
		here.word.raw_len = 3;
		complain(c, D_BOM, &here.word,
			 "a byte order mark, skipped; keepalived would take it for a keyword");
		lx->t.p += 3;
	}
	if (nul == NULL)
		return true;
	for (; lx->t.p < nul; lx->t.p++)
		if (*lx->t.p == '\n') {
			lx->t.line++;
			lx->t.line_start = lx->t.p + 1;
		}
	here = token_here(lx, TOKEN_WORD);
	complain(c, D_BYTE, &here.word, "a NUL byte: this is not a text file");
	return false;
}

static void skip_line(struct lexer *lx)
{
	while (lx->t.p < lx->t.end && *lx->t.p != '\n')
		lx->t.p++;
}

/* At the beginning of a line of the file: goes on with what it becomes, if that is something else.
 */
static void begin_line(struct lexer *lx)
{
	struct line_place at = { lx->t.p, lx->t.line_start, lx->t.line };

	lx->fresh = false;
	if (lx->expander == NULL || !expand_line(lx->expander, lx->source, &at, &lx->expansion))
		return;
	lx->t.p = at.p;
	lx->t.line_start = at.line_start;
	lx->t.line = at.line;
	if (lx->expansion.len == 0)
		return;
	lx->file = lx->t;
	lx->expanded = true;
	lx->t = (struct lex_text){
		.begin = lx->expansion.text,
		.p = lx->expansion.text,
		.end = lx->expansion.text + lx->expansion.len,
		.line_start = lx->expansion.text,
		.out = complaints_need(lx->complaints,
				       arena_alloc(lx->complaints->arena, lx->expansion.len + 1)),
	};
	if (lx->t.out == NULL)
		lx->t.p = lx->t.end;
}

/* At the end of what a line has become: goes on with the file. */
static void end_line(struct lexer *lx)
{
	lx->t = lx->file;
	lx->expanded = false;
}

static bool is_comment(char c)
{
	return c == '#' || c == '!';
}

static void skip_blanks(struct lexer *lx)
{
	while (lx->t.p < lx->t.end) {
		size_t joined = join_len(lx);

		if (joined > 0) {
			join(lx, joined);
		} else if (is_comment(*lx->t.p)) {
			skip_line(lx);
		} else if (is_blank(*lx->t.p)) {
			lx->t.p++;
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
	while (lx->t.p < lx->t.end && !ends_word(*lx->t.p) && *lx->t.p != '"') {
		const char *variable = variable_end(lx->t.p, lx->t.end);
		size_t joined = join_len(lx);

		if (joined > 0) {
			join(lx, joined);
			continue;
		}
		if (*lx->t.p == '\\' && lx->t.end - lx->t.p > 1 && is_comment(lx->t.p[1]))
			lx->t.p++;
		do
			*out++ = *lx->t.p++;
		while (lx->t.p < variable);
	}
	return out;
}

static char *quoted_word(struct lexer *lx, char *out)
{
	lx->t.p++;
	while (lx->t.p < lx->t.end && *lx->t.p != '\n') {
		size_t joined = join_len(lx);

		if (joined > 0) {
			join(lx, joined);
			continue;
		}
		if (*lx->t.p == '"') {
			lx->t.p++;
			return out;
		}
		*out++ = *lx->t.p++;
	}
	return NULL;
}

static char *command_word(struct lexer *lx, char *out)
{
	char quote = '\0';

	while (lx->t.p < lx->t.end && *lx->t.p != '\n' && (quote != '\0' || !ends_word(*lx->t.p))) {
		const char *variable = variable_end(lx->t.p, lx->t.end);
		size_t joined = join_len(lx);
		char c = *lx->t.p;

		if (joined > 0) {
			join(lx, joined);
		} else if (c == quote) {
			quote = '\0';
			lx->t.p++;
		} else if (quote == '\0' && (c == '"' || c == '\'')) {
			quote = c;
			lx->t.p++;
		} else if (c == '\\') {
			lx->t.p = shell_escape(lx->t.p + 1, lx->t.end, out++);
		} else {
			do
				*out++ = *lx->t.p++;
			while (lx->t.p < variable);
		}
	}
	return quote == '\0' ? out : NULL;
}

/* The file an include names: up to a blank, with its braces. */
static char *path_word(struct lexer *lx, char *out)
{
	while (lx->t.p < lx->t.end && !is_blank(*lx->t.p) && *lx->t.p != '\n' &&
	       !is_comment(*lx->t.p) && *lx->t.p != '"') {
		size_t joined = join_len(lx);

		if (joined > 0)
			join(lx, joined);
		else
			*out++ = *lx->t.p++;
	}
	return out;
}

static char *take_word(struct lexer *lx, enum lex_mode mode, bool quoted, char *out)
{
	if (mode == LEX_COMMAND)
		return command_word(lx, out);
	if (quoted)
		return quoted_word(lx, out);
	return mode == LEX_PATH ? path_word(lx, out) : bare_word(lx, out);
}

static struct token word_token(struct lexer *lx, enum lex_mode mode)
{
	struct lex_text start = lx->t;
	bool quoted = *start.p == '"' || (mode == LEX_COMMAND && *start.p == '\'');
	char *from = start.out + (start.p - start.begin) + quoted;
	char *end = take_word(lx, mode, quoted, from);
	struct token t = { .kind = TOKEN_WORD, .broken = end == NULL };
	size_t raw_len = (size_t)(lx->t.p - start.p);
	struct lex_text here = lx->t;

	lx->t.line = start.line;
	lx->t.line_start = start.line_start;
	t.word = place(lx, start.p, t.broken ? 1 : raw_len);
	lx->t = here;
	t.word.quoted = quoted;
	t.word.s = from;
	if (t.broken) {
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

static struct token line_token(struct lexer *lx)
{
	struct token t = token_here(lx, TOKEN_LINE);

	if (lx->expanded) {
		lx->t.p++;
		return t;
	}
	join(lx, 1);
	lx->fresh = true;
	return t;
}

struct token lex_next(struct lexer *lx, enum lex_mode mode)
{
	struct token t;

	if (lx->fresh)
		begin_line(lx);
	skip_blanks(lx);
	if (lx->t.p == lx->t.end && lx->expanded) {
		end_line(lx);
		skip_blanks(lx);
	}
	if (lx->t.p == lx->t.end)
		return token_here(lx, TOKEN_END);
	if (*lx->t.p == '\n')
		return line_token(lx);
	if (mode == LEX_PATH || (*lx->t.p != '{' && *lx->t.p != '}'))
		return word_token(lx, mode);
	t = token_here(lx, *lx->t.p == '{' ? TOKEN_OPEN : TOKEN_CLOSE);
	lx->t.p++;
	return t;
}
