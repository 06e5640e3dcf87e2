#include "conf/expand.h"

#include <string.h>

/* ~SEQ(NAME, [START, [STEP,]] END) REST        REST for every number
 * ~SEQx(...)                                   the same, in hexadecimal
 * ~LST(NAME, A, B, ...) REST                   REST for every word
 * ~LST({NAME, NAME}, {A, B}, {C, D}) REST      REST for every set of words */

enum { NAMES_MAX = 16, SET_COST = 64 };

struct repeat {
	const char *keyword;
	const char *p, *end; /* what is left between the parentheses */
	struct word at;
	struct span rest;
	unsigned depth;
	const char *names[NAMES_MAX];
	const struct definition *old[NAMES_MAX]; /* what they meant before */
	uint32_t count;
};

static const char *const keywords[] = { "~SEQ", "~SEQx", "~LST" };

enum { SEQ, SEQX, LST, KEYWORDS };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Which of |keywords| begins at |s|; the place of its parenthesis in |*ret|. KEYWORDS: none. */
static size_t keyword_at(const char *s, const char *end, const char **ret)
{
	for (size_t i = 0; i < KEYWORDS; i++) {
		size_t len = strlen(keywords[i]);
		const char *p = s + len;

		if ((size_t)(end - s) <= len || memcmp(s, keywords[i], len) != 0)
			continue;
		while (p < end && is_blank(*p))
			p++;
		if (p < end && *p == '(') {
			*ret = p;
			return i;
		}
	}
	return KEYWORDS;
}

bool repeat_begins(const char *s, const char *end)
{
	const char *open;

	return keyword_at(s, end, &open) < KEYWORDS;
}

static void skip(struct repeat *r)
{
	while (r->p < r->end && is_blank(*r->p))
		r->p++;
}

static bool take(struct repeat *r, char c)
{
	skip(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	skip(r);
	return true;
}

/* One word up to a comma, a brace or the end; it may be empty. False: there are blanks or quotes
 * within. */
static bool take_word(struct expander *x, struct repeat *r, const char **ret)
{
	const char *from, *to;

	skip(r);
	from = r->p;
	while (r->p < r->end && *r->p != ',' && *r->p != '{' && *r->p != '}')
		r->p++;
	for (to = r->p; to > from && is_blank(to[-1]); to--)
		continue;
	for (const char *p = from; p < to; p++)
		if (is_blank(*p) || *p == '"')
			return false;
	*ret = complaints_need(x->complaints,
			       arena_strndup(x->complaints->arena, from, (size_t)(to - from)));
	return *ret != NULL;
}

/* Takes |name| for one of those that change. */
static bool bind(struct expander *x, struct repeat *r, const char *name)
{
	size_t len = strlen(name);
	const struct definition **old;

	if (len == 0 || len > EXPAND_NAME_MAX || r->count == NAMES_MAX ||
	    define_name_len(name, name + len) != len)
		return false;
	old = define_find(x, name, len);
	r->old[r->count] = old != NULL ? *old : NULL;
	r->names[r->count++] = name;
	return true;
}

static bool set(struct expander *x, const struct repeat *r, uint32_t i, const char *value)
{
	struct definition d = { .source = NULL, .text = value, .len = (uint32_t)strlen(value) };

	x->work += SET_COST;
	define(x, r->names[i], strlen(r->names[i]), d);
	return !x->complaints->stop;
}

/* The rest of the line, with the names as they are now. */
static bool once(struct expander *x, const struct repeat *r, bool first)
{
	uint32_t cost = r->rest.to - r->rest.from + 64;

	if (x->repeats++ == EXPAND_REPEATS_MAX || x->work + cost > EXPAND_BYTES_MAX) {
		complain(x->complaints, D_EXPANSION, &r->at,
			 "'%s' and its like repeat more than can be: %d times, or %d MiB, in a "
			 "whole "
			 "configuration",
			 r->keyword, EXPAND_REPEATS_MAX, EXPAND_BYTES_MAX >> 20);
		x->complaints->stop = true;
		return false;
	}
	x->work += cost;
	if (!first && x->out.len > 0 && x->out.text[x->out.len - 1] != '\n') {
		struct piece piece = { .offset = r->at.offset,
				       .line = r->at.line,
				       .column = r->at.column,
				       .len = r->at.raw_len };

		(void)expansion_add(x, &x->out, "\n", 1, piece);
	}
	expand_span(x, r->rest, r->depth + 1);
	return !x->complaints->stop;
}

/* ---- ~SEQ ---------------------------------------------------------------------------------- */

static bool take_number(struct repeat *r, int64_t *ret)
{
	bool minus = r->p < r->end && *r->p == '-';
	const char *p = r->p + minus;
	int64_t v = 0, base = 10;
	int digits = 0;

	if (r->end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x') {
		base = 16;
		p += 2;
	}
	for (; p < r->end; p++, digits++) {
		int64_t digit = *p >= '0' && *p <= '9'                     ? *p - '0'
				: (*p | 0x20) >= 'a' && (*p | 0x20) <= 'f' ? (*p | 0x20) - 'a' + 10
									   : 99;

		if (digit >= base)
			break;
		v = v * base + digit;
		if (v > INT32_MAX)
			return false;
	}
	r->p = p;
	*ret = minus ? -v : v;
	return digits > 0;
}

static const char *digits(struct expander *x, int64_t v, bool hexadecimal)
{
	char buf[24];
	struct text t = TEXT(buf);

	if (!hexadecimal)
		text_i64(&t, v);
	else
		text_fmt(&t, "%s%llx", v < 0 ? "-" : "", (unsigned long long)(v < 0 ? -v : v));
	return complaints_need(x->complaints, arena_strndup(x->complaints->arena, buf, t.len));
}

static bool repeat_numbers(struct expander *x, struct repeat *r, bool hexadecimal)
{
	int64_t n[3], start, step, end;
	const char *name, *value;
	int count = 0;

	if (!take_word(x, r, &name) || !bind(x, r, name))
		return false;
	while (count < 3 && take(r, ','))
		if (!take_number(r, &n[count++]))
			return false;
	skip(r);
	if (count == 0 || r->p < r->end)
		return false;
	end = n[count - 1];
	start = count > 1 ? n[0] : end > 0 ? 1 : -1;
	step = count > 2 ? n[1] : end < start ? -1 : 1;
	if (step == 0 || (start != end && (step > 0) != (end > start)))
		return false;
	for (int64_t i = start; step > 0 ? i <= end : i >= end; i += step) {
		value = digits(x, i, hexadecimal);
		if (value == NULL || !set(x, r, 0, value) || !once(x, r, i == start))
			break;
	}
	return true;
}

/* ---- ~LST ---------------------------------------------------------------------------------- */

/* A word, or words in braces, into |words|; their number, or -1. */
static int take_words(struct expander *x, struct repeat *r, const char *words[NAMES_MAX])
{
	int count = 0;

	if (!take(r, '{'))
		return take_word(x, r, &words[0]) ? 1 : -1;
	do {
		if (count == NAMES_MAX || !take_word(x, r, &words[count]))
			return -1;
		count++;
	} while (take(r, ','));
	return take(r, '}') ? count : -1;
}

/* Goes through the words; repeats with them only if |doing|, so that all are looked at before
 * anything is done. */
static bool walk_words(struct expander *x, struct repeat *r, bool doing)
{
	const char *words[NAMES_MAX];
	bool first = true;

	while (take(r, ',')) {
		int count = take_words(x, r, words);

		if (count < 0 || (uint32_t)count > r->count)
			return false;
		for (uint32_t i = 0; doing && i < r->count; i++)
			if (!set(x, r, i, i < (uint32_t)count ? words[i] : ""))
				return true;
		if (doing && !once(x, r, first))
			return true;
		first = false;
	}
	skip(r);
	return r->p == r->end && !first;
}

static bool repeat_words(struct expander *x, struct repeat *r)
{
	const char *words[NAMES_MAX], *begin;
	int count = take_words(x, r, words);

	for (int i = 0; i < count; i++)
		if (!bind(x, r, words[i]))
			return false;
	begin = r->p;
	if (count < 1 || !walk_words(x, r, false))
		return false;
	r->p = begin;
	return walk_words(x, r, true);
}

/* ---- both ---------------------------------------------------------------------------------- */

/* The names mean again what they meant before. */
static void restore(struct expander *x, const struct repeat *r)
{
	for (uint32_t i = 0; i < r->count; i++) {
		const struct definition **now = define_find(x, r->names[i], strlen(r->names[i]));

		if (now != NULL)
			*now = r->old[i];
	}
}

void repeat_span(struct expander *x, struct span s, unsigned depth)
{
	const char *text = s.in->text, *end = text + s.to, *open = NULL, *close;
	size_t which = keyword_at(text + s.from, end, &open);
	struct repeat r = { .keyword = keywords[which], .depth = depth };
	struct expansion inside;
	bool good = false;

	close = memchr(open, ')', (size_t)(end - open));
	r.at = expansion_word(s.in, s.from,
			      (uint32_t)((close != NULL ? close : open) - text) + 1 - s.from);
	if (close != NULL) {
		(void)expand_references(x,
					(struct span){ s.in, (uint32_t)(open + 1 - text),
						       (uint32_t)(close - text) },
					&inside);
		r.p = inside.text != NULL ? inside.text : "";
		r.end = r.p + inside.len;
		r.rest = (struct span){ s.in, (uint32_t)(close + 1 - text), s.to };
		good = which == LST ? repeat_words(x, &r) : repeat_numbers(x, &r, which == SEQX);
		restore(x, &r);
	}
	if (!good)
		complain(x->complaints, D_REPEAT, &r.at,
			 which == LST
				 ? "this is not '%s(NAME, WORD, ...)' or '~LST({NAME, ...}, {WORD, "
				   "...}, ...)'"
				 : "this is not '%s(NAME, START, STEP, END)', of which START and "
				   "STEP may be left out",
			 r.keyword);
}
