#include "conf/complaint.h"

#include <string.h>

#include "conf/expand.h"

enum { TEXT_MAX = 600, LINE_MAX_SHOWN = 400 };

struct remark {
	struct diag diag;
	struct remark *next;
	uint32_t source;
};

static const struct diag_kind kinds[DIAG_COUNT] = {
#define DIAG(id, code, grade, flags, meaning) [id] = { code, meaning, grade, flags },
#include "conf/diag.def"
#undef DIAG
};

const struct diag_kind *diag_kind(enum diag_id id)
{
	return &kinds[id];
}

void complaints_init(struct complaints *c, struct arena *arena)
{
	*c = (struct complaints){ .arena = arena, .tail = &c->first };
}

void *complaints_need(struct complaints *c, void *p)
{
	if (p == NULL)
		c->nomem = c->stop = true;
	return p;
}

/* Where "auth_pass" ends in the |len| bytes at |p|, or |len|. */
static size_t secret_begins(const char *p, size_t len)
{
	static const char keyword[] = "auth_pass";
	const size_t n = sizeof(keyword) - 1;

	for (size_t i = 0; i + n <= len; i++)
		if (p[i] == 'a' && memcmp(p + i, keyword, n) == 0)
			return i + n;
	return len;
}

static bool is_secret(const struct word *w)
{
	size_t before;

	if (w->line == 0)
		return false;
	before = w->column - 1 < LINE_MAX_SHOWN ? w->column - 1 : LINE_MAX_SHOWN;
	return secret_begins((const char *)w->source->text.p + w->offset - before, before) < before;
}

/* Nothing of a file may move the reader's cursor or change the colours of a terminal. */
static void clean(char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
			s[i] = '?';
}

struct shown shown_text(const char *s)
{
	struct shown r = { .s = "" };
	size_t len = strlen(s), room = sizeof(r.s) - 1;

	if (len <= room) {
		memcpy(r.s, s, len);
	} else {
		memcpy(r.s, s, room - 3);
		memcpy(r.s + room - 3, "...", 3);
	}
	clean(r.s, strlen(r.s));
	return r;
}

struct shown shown(const struct word *w)
{
	return w->secret || is_secret(w) ? (struct shown){ .s = "***" } : shown_text(w->s);
}

/* Where what must not be shown of a line begins: after auth_pass, or the value of a definition, of
 * which nobody knows what it is for. */
static size_t hidden_begins(const char *line, size_t len)
{
	size_t begin = secret_begins(line, len);
	const char *value = len > 0 ? memchr(line, '=', len) : NULL;

	if (len == 0 || line[strspn(line, " \t")] != '$' || value == NULL ||
	    (size_t)(value - line) > begin)
		return begin;
	return (size_t)(value - line) + 1;
}

static void hide_secrets(char *line, size_t len)
{
	for (size_t i = hidden_begins(line, len); i < len; i++)
		if (line[i] != ' ' && line[i] != '\t')
			line[i] = '*';
}

/* A copy of the line |at| stands in, or NULL when it is too long to be shown. */
static const char *line_of(struct complaints *c, const struct word *at)
{
	const char *text = (const char *)at->source->text.p;
	size_t from = at->offset - (at->column - 1), left = at->source->text.len - from;
	const char *end = memchr(text + from, '\n', left < LINE_MAX_SHOWN ? left : LINE_MAX_SHOWN);
	size_t len = end != NULL ? (size_t)(end - (text + from)) : left;
	char *line;

	if (len >= LINE_MAX_SHOWN)
		return NULL;
	if (len > 0 && text[from + len - 1] == '\r')
		len--;
	line = complaints_need(c, arena_strndup(c->arena, text + from, len));
	if (line == NULL)
		return NULL;
	clean(line, len);
	hide_secrets(line, len);
	return line;
}

static void add(struct complaints *c, enum diag_id id, const struct word *at, const char *text)
{
	const struct diag_kind *kind = &kinds[id];
	struct remark *r = complaints_need(c, arena_new(c->arena, struct remark));

	if (r == NULL)
		return;
	r->source = at->source->number;
	r->diag = (struct diag){
		.code = kind->code,
		.file = at->source->name,
		.text = complaints_need(c, arena_strdup(c->arena, text)),
		.line_text = at->line != 0 ? line_of(c, at) : NULL,
		.line = at->line,
		.column = at->column,
		.length = at->raw_len,
		.grade = kind->grade,
		.security = (kind->flags & DIAG_SECURITY) != 0,
		.fatal = (kind->flags & DIAG_FATAL) != 0,
		.quiet = (kind->flags & DIAG_QUIET) != 0,
	};
	*c->tail = r;
	c->tail = &r->next;
}

/* What stands in no line of a file has been put there by a definition. */
static void tell_origin(struct text *t, const struct word *at)
{
	const struct definition *d = at->from;

	if (d == NULL)
		return;
	if (d->source == NULL) {
		text_fmt(t, " (with '%s' for $%s)", at->secret ? "***" : shown_text(d->text).s,
			 d->name);
		return;
	}
	text_fmt(t, " (in the value of $%s, ", d->name);
	if (d->source != at->source)
		text_fmt(t, "%s, ", shown_text(d->source->name).s);
	text_fmt(t, "line %u)", at->from_line);
}

void complain(struct complaints *c, enum diag_id id, const struct word *at, const char *fmt, ...)
{
	enum diag_grade grade = kinds[id].grade;
	bool is_error = grade == DIAG_ERROR;
	uint32_t *count = is_error ? &c->errors : grade == DIAG_WARNING ? &c->warnings : &c->advice;
	char buf[TEXT_MAX];
	struct text text = TEXT(buf);
	va_list ap;

	if (c->nomem || (is_error && c->stop))
		return;
	if (grade == DIAG_ADVICE && *count == ADVICE_MAX)
		return;
	(*count)++;
	if (grade == DIAG_WARNING && *count > WARNINGS_MAX) {
		if (*count == WARNINGS_MAX + 1)
			add(c, D_MORE, at, "more than 1000 warnings; the others are not shown");
		return;
	}
	va_start(ap, fmt);
	text_vfmt(&text, fmt, ap);
	va_end(ap);
	tell_origin(&text, at);
	add(c, id, at, buf);
	if (c->errors == ERRORS_MAX && is_error) {
		c->stop = true;
		c->errors++;
		add(c, D_GIVEN_UP, at,
		    "100 errors; the rest of the configuration is not looked at");
	}
}

static bool before(const struct remark *a, const struct remark *b)
{
	if (a->source != b->source)
		return a->source < b->source;
	if (a->diag.line != b->diag.line)
		return a->diag.line < b->diag.line;
	return a->diag.column < b->diag.column;
}

/* Merges two sorted lists; equals keep their order. */
static struct remark *merge(struct remark *a, struct remark *b)
{
	struct remark *first = NULL, **tail = &first;

	while (a != NULL && b != NULL) {
		struct remark **list = before(b, a) ? &b : &a, *least = *list;

		*list = least->next;
		*tail = least;
		tail = &least->next;
	}
	*tail = a != NULL ? a : b;
	return first;
}

static struct remark *sort(struct remark *list)
{
	struct remark *half = list, *end = list, *rest;

	if (list == NULL || list->next == NULL)
		return list;
	while (end->next != NULL && end->next->next != NULL) {
		half = half->next;
		end = end->next->next;
	}
	rest = half->next;
	half->next = NULL;
	return merge(sort(list), sort(rest));
}

static bool same(const struct remark *a, const struct remark *b)
{
	return a->source == b->source && a->diag.line == b->diag.line &&
	       a->diag.column == b->diag.column && a->diag.code == b->diag.code &&
	       a->diag.text != NULL && b->diag.text != NULL &&
	       strcmp(a->diag.text, b->diag.text) == 0;
}

static void uncount(struct complaints *c, enum diag_grade grade)
{
	switch (grade) {
	case DIAG_ERROR:
		c->errors--;
		return;
	case DIAG_WARNING:
		c->warnings--;
		return;
	case DIAG_ADVICE:
		c->advice--;
	}
}

/* What is repeated by ~SEQ and the like is said once, if there is no difference. */
static void drop_repeated(struct complaints *c, struct remark *list)
{
	for (struct remark *r = list; r != NULL; r = r->next)
		while (r->next != NULL && same(r, r->next)) {
			uncount(c, r->diag.grade);
			r->next = r->next->next;
		}
}

struct diags complaints_end(struct complaints *c)
{
	struct remark *list = sort(c->first);

	drop_repeated(c, list);
	for (struct remark *r = list; r != NULL; r = r->next)
		r->diag.next = r->next != NULL ? &r->next->diag : NULL;
	return (struct diags){
		.first = list != NULL ? &list->diag : NULL,
		.errors = c->errors,
		.warnings = c->warnings,
		.advice = c->advice,
	};
}
