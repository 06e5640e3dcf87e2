#include "conf/expand.h"

#include <string.h>

#include "base/err.h"

enum { PIECE_COST = 8, REFERENCE_MAX = 2 * EXPAND_NAME_MAX };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

/* Where the comment of the line [p, eol) begins, or |eol|. */
static const char *comment_at(const char *p, const char *eol)
{
	bool quoted = false;

	for (; p < eol; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == '\\' && eol - p > 1)
			p++;
		else if (!quoted && (*p == '#' || *p == '!'))
			break;
	}
	return p;
}

int expander_init(struct expander *x, struct complaints *c, const struct conf_host *host)
{
	*x = (struct expander){ .complaints = c, .host = host };
	return names_init(&x->names, c->arena, 16);
}

/* ---- text that knows where it comes from -------------------------------------------------- */

/* The last piece that begins at or before |at|. */
static const struct piece *piece_at(const struct expansion *e, uint32_t at)
{
	uint32_t low = 0, high = e->count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (e->pieces[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return &e->pieces[low];
}

/* The origin of the byte at |at|. */
static struct piece origin(const struct expansion *e, uint32_t at)
{
	struct piece p = *piece_at(e, at);

	if (p.len == 0) {
		p.offset += at - p.at;
		p.column += at - p.at;
	}
	p.at = at;
	return p;
}

struct word expansion_word(const struct expansion *e, uint32_t at, uint32_t len)
{
	struct word w = { .s = "", .source = e->source, .line = 1, .column = 1 };
	struct piece first, last;
	uint32_t end;

	if (e->count == 0)
		return w;
	first = origin(e, at);
	last = origin(e, len > 0 ? at + len - 1 : at);
	end = last.offset + (last.len > 0 ? last.len : 1);
	w.offset = first.offset;
	w.line = first.line;
	w.column = first.column;
	w.raw_len = end > first.offset ? end - first.offset : 1;
	w.from = first.from != NULL ? first.from : last.from;
	w.from_line = first.from != NULL ? first.from_line : last.from_line;
	return w;
}

static void too_much(struct expander *x, const struct expansion *e)
{
	struct word at = expansion_word(&x->out, 0, 0);

	if (e->count > 0)
		at = expansion_word(e, 0, 1);
	complain(x->complaints, D_EXPANSION, &at,
		 "definitions and repetitions make more than %d MiB of this configuration",
		 EXPAND_BYTES_MAX >> 20);
	x->complaints->stop = true;
}

/* Room for |len| more bytes and one more piece. */
static bool make_room(struct expander *x, struct expansion *e, uint32_t len)
{
	struct arena *arena = x->complaints->arena;

	if (e->len + len + 1 > e->room) {
		uint32_t room = 2 * (e->len + len) + 64;
		char *more = complaints_need(x->complaints, arena_alloc(arena, room));

		if (more == NULL)
			return false;
		if (e->len > 0)
			memcpy(more, e->text, e->len);
		e->text = more;
		e->room = room;
	}
	if (e->count == e->piece_room) {
		uint32_t room = e->piece_room > 0 ? 2 * e->piece_room : 4;
		struct piece *more = complaints_need(x->complaints,
						     arena_array(arena, room, sizeof(*more)));

		if (more == NULL)
			return false;
		if (e->count > 0)
			memcpy(more, e->pieces, e->count * sizeof(*more));
		e->pieces = more;
		e->piece_room = room;
	}
	return true;
}

bool expansion_add(struct expander *x, struct expansion *e, const char *s, uint32_t len,
		   struct piece piece)
{
	if (x->complaints->stop)
		return false;
	if (len > EXPAND_BYTES_MAX || x->work + len + PIECE_COST > EXPAND_BYTES_MAX) {
		too_much(x, e);
		return false;
	}
	if (!make_room(x, e, len))
		return false;
	x->work += len + PIECE_COST;
	piece.at = e->len;
	e->pieces[e->count++] = piece;
	if (len > 0)
		memcpy(e->text + e->len, s, len);
	e->len += len;
	e->text[e->len] = '\0';
	return true;
}

/* Appends |s|, every byte with its own origin. */
static bool add_span(struct expander *x, struct expansion *to, struct span s)
{
	while (s.from < s.to) {
		const struct piece *p = piece_at(s.in, s.from),
				   *last = s.in->pieces + s.in->count - 1;
		uint32_t end = p < last && p[1].at < s.to ? p[1].at : s.to;

		if (!expansion_add(x, to, s.in->text + s.from, end - s.from, origin(s.in, s.from)))
			return false;
		s.from = end;
	}
	return true;
}

/* ---- references ---------------------------------------------------------------------------- */

struct reference {
	uint32_t len; /* as written; 0: there is none */
	const char *name;
	uint32_t name_len; /* of a builtin with its arguments */
	bool braces;
};

/* What begins with the $ at |p|. */
static struct reference reference_at(const char *p, const char *end)
{
	struct reference r = { .name = p + 1 };
	const char *close;

	if (end - p > 2 && p[1] == '{') {
		close = memchr(p, '}', (size_t)(end - p < REFERENCE_MAX ? end - p : REFERENCE_MAX));
		if (close == NULL)
			return r;
		r.name = p + 2;
		r.name_len = (uint32_t)(close - r.name);
		r.len = r.name_len + 3;
		r.braces = true;
		return r;
	}
	r.name_len = (uint32_t)define_name_len(r.name, end);
	r.len = r.name_len > 0 ? r.name_len + 1 : 0;
	return r;
}

static bool add_value(struct expander *x, struct expansion *to, const struct definition *d,
		      struct piece piece)
{
	const char *p = d->text, *end = d->text + d->len;

	piece.from = d;
	piece.from_line = d->line;
	do {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline != NULL ? newline + 1 : end;

		if (!expansion_add(x, to, p, (uint32_t)(stop - p), piece))
			return false;
		p = stop;
		piece.from_line++;
	} while (p < end);
	return true;
}

/* Where the reference stands that begins at |at| of |in|, as the origin of its value. */
static struct piece reference_origin(const struct expansion *in, uint32_t at, uint32_t len)
{
	struct piece p = origin(in, at);

	if (p.len == 0)
		p.len = len;
	return p;
}

/* Puts the value of |r| at |at| of |in| in its place. False: it has none, and stays. */
static bool replace(struct expander *x, const struct expansion *in, uint32_t at,
		    const struct reference *r, bool stands_alone, struct expansion *to)
{
	const struct definition **d = define_find(x, r->name, r->name_len);
	struct word word = expansion_word(in, at, r->len);
	struct piece piece = reference_origin(in, at, r->len);
	const char *value;

	if (!r->braces && !stands_alone)
		return false;
	if (d != NULL) {
		(void)add_value(x, to, *d, piece);
		return true;
	}
	value = define_builtin(x, &word, r->name, r->name_len);
	if (value == NULL)
		return false;
	(void)expansion_add(x, to, value, (uint32_t)strlen(value), piece);
	return true;
}

/* Goes on from |*p| to the next reference before |end|; |*quoted| is kept. False: there is none. */
static bool next_reference(const char **p, const char *end, bool *quoted, struct reference *ret)
{
	for (; *p < end; (*p)++) {
		char c = **p;

		if (c == '"')
			*quoted = !*quoted;
		if (!*quoted && c == '\\' && end - *p > 1 && ((*p)[1] == '#' || (*p)[1] == '!'))
			(*p)++;
		else if (!*quoted && (c == '#' || c == '!'))
			return false;
		if (**p != '$')
			continue;
		*ret = reference_at(*p, end);
		if (ret->len > 0)
			return true;
	}
	return false;
}

bool expand_references(struct expander *x, struct span s, struct expansion *ret)
{
	const char *begin = s.in->text, *p = begin + s.from, *end = begin + s.to, *kept = p;
	bool quoted = false, any = false;
	struct reference r;

	*ret = (struct expansion){ .source = s.in->source };
	while (!x->complaints->stop && next_reference(&p, end, &quoted, &r)) {
		struct span before = { s.in, (uint32_t)(kept - begin), (uint32_t)(p - begin) };

		(void)add_span(x, ret, before);
		kept = p;
		p++;
		if (!replace(x, s.in, (uint32_t)(kept - begin), &r,
			     kept + r.len == end || is_blank(kept[r.len]), ret))
			continue;
		any = true;
		kept += r.len;
		p = kept;
	}
	(void)add_span(x, ret, (struct span){ s.in, (uint32_t)(kept - begin), s.to });
	return any;
}

/* What is left of references when nothing more is put in place. */
static void complain_left(struct expander *x, struct span s)
{
	const char *begin = s.in->text, *p = begin + s.from, *end = begin + s.to;
	bool quoted = false;
	struct reference r;

	for (; next_reference(&p, end, &quoted, &r); p++) {
		struct word at = expansion_word(s.in, (uint32_t)(p - begin), r.len);
		const struct definition **d = define_find(x, r.name, r.name_len);

		if (d != NULL && !r.braces)
			complain(x->complaints, D_UNREPLACED, &at,
				 "'$%s' is not replaced, as something other than a blank follows "
				 "it: write '${%s}'",
				 (*d)->name, (*d)->name);
		else if (r.braces && !quoted && define_name_len(r.name, end) == r.name_len)
			complain(
				x->complaints, D_UNDEFINED, &at,
				"this name is not defined: define it before with $NAME=..., or put "
				"quotes around it if it stands for itself");
	}
}

/* ---- lines --------------------------------------------------------------------------------- */

/* Each line of |e| for itself. */
static void expand_lines(struct expander *x, const struct expansion *e, unsigned depth)
{
	uint32_t from = 0;

	while (from < e->len && !x->complaints->stop) {
		const char *newline = memchr(e->text + from, '\n', e->len - from);
		uint32_t to = newline != NULL ? (uint32_t)(newline - e->text) : e->len;

		expand_span(x, (struct span){ e, from, to }, depth);
		if (newline != NULL)
			(void)expansion_add(x, &x->out, "\n", 1, origin(e, to));
		from = to + 1;
	}
}

/* The text of a definition as it is put in place: without comments and the blanks before them; \\#
 * and
 * \\! become what they stand for. Works in place. */
static uint32_t clean_value(char *text, uint32_t len)
{
	const char *p = text, *end = text + len;
	char *out = text;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *eol = newline != NULL ? newline : end, *stop = comment_at(p, eol);

		while (stop > p && is_blank(stop[-1]))
			stop--;
		for (; p < stop; p++) {
			if (*p == '\\' && stop - p > 1 && (p[1] == '#' || p[1] == '!'))
				p++;
			*out++ = *p;
		}
		if (newline != NULL)
			*out++ = '\n';
		p = newline != NULL ? newline + 1 : end;
	}
	*out = '\0';
	return (uint32_t)(out - text);
}

static void define_span(struct expander *x, struct span s, size_t len)
{
	const char *p = skip_blanks(span_text(s) + len, s.in->text + s.to);
	struct word at = expansion_word(s.in, s.from, 1);
	uint32_t size = s.to - (uint32_t)(p - s.in->text);
	char *text = complaints_need(x->complaints, arena_strndup(x->complaints->arena, p, size));

	if (text == NULL)
		return;
	size = clean_value(text, size);
	define(x, span_text(s) + 1, len - 2,
	       (struct definition){
		       .source = at.source, .line = at.line, .text = text, .len = size });
}

static void too_deep(struct expander *x, struct span s)
{
	struct word at = expansion_word(s.in, s.from, 1);

	for (uint32_t i = 0; i < s.in->count && at.from == NULL; i++)
		at = expansion_word(s.in, s.in->pieces[i].at, 1);
	complain(x->complaints, D_EXPANSION, &at,
		 "values are put into values more than %d deep: does '$%s' contain itself?",
		 EXPAND_DEPTH_MAX, at.from != NULL ? at.from->name : "NAME");
	x->complaints->stop = true;
}

static void emit(struct expander *x, struct span s)
{
	complain_left(x, s);
	(void)add_span(x, &x->out, s);
}

void expand_span(struct expander *x, struct span s, unsigned depth)
{
	const char *end = s.in->text + s.to, *p = skip_blanks(span_text(s), end);
	struct expansion replaced;
	size_t len;

	if (p < end && *p == '@') {
		p = define_condition(x, p, end);
		if (p == NULL)
			return;
	}
	s.from = (uint32_t)(p - s.in->text);
	if (s.from == s.to || x->complaints->stop)
		return;
	if (depth > EXPAND_DEPTH_MAX) {
		too_deep(x, s);
		return;
	}
	len = define_len(p, end);
	if (len > 0)
		define_span(x, s, len);
	else if (repeat_begins(p, end))
		repeat_span(x, s, depth);
	else if (expand_references(x, s, &replaced))
		expand_lines(x, &replaced, depth + 1);
	else
		emit(x, s);
}

/* ---- lines of a file ----------------------------------------------------------------------- */

bool expand_needed(const struct source *source)
{
	const char *p = (const char *)source->text.p;
	size_t len = source->text.len;

	return len > 0 && (memchr(p, '$', len) != NULL || memchr(p, '@', len) != NULL ||
			   memchr(p, '~', len) != NULL);
}

static const char *line_end(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));

	return newline != NULL ? newline : end;
}

/* The backslash at the end of [p, eol), or NULL. */
static const char *last_backslash(const char *p, const char *eol)
{
	while (eol > p && is_blank(eol[-1]))
		eol--;
	return eol > p && eol[-1] == '\\' ? eol - 1 : NULL;
}

/* Where the backslash stands that joins the line [p, eol) with the next; NULL: there is none. In a
 * definition a comment may stand on either side of it, and blanks may follow. */
static const char *joins(const char *p, const char *eol, bool defines)
{
	const char *joint = last_backslash(p, eol), *comment;

	if (!defines && (joint == NULL || (eol - joint > 1 && joint[1] != '\r') || eol - joint > 2))
		return NULL;
	comment = comment_at(p, eol);
	if (!defines)
		return comment > joint ? joint : NULL;
	return joint != NULL ? joint : last_backslash(p, comment);
}

/* Copies the line at |*place|, and those joined to it, to |to|. */
static void gather(struct expander *x, const char *end, struct line_place *place, bool defines,
		   struct expansion *to)
{
	const char *text = (const char *)to->source->text.p;

	for (;;) {
		const char *eol = line_end(place->p, end);
		const char *joint = joins(place->p, eol, defines);
		const char *stop = joint != NULL ? joint : eol;
		struct piece piece = {
			.offset = (uint32_t)(place->p - text),
			.line = place->line,
			.column = (uint32_t)(place->p - place->line_start) + 1,
		};

		(void)expansion_add(x, to, place->p, (uint32_t)(stop - place->p), piece);
		if (joint != NULL && defines)
			(void)expansion_add(x, to, "\n", 1,
					    origin(to, to->len > 0 ? to->len - 1 : 0));
		place->p = eol;
		if (joint == NULL || eol == end)
			return;
		place->p = place->line_start = eol + 1;
		place->line++;
	}
}

/* Whether a $ stands in the line at |p| or in one joined to it. */
static bool has_reference(const char *p, const char *end)
{
	for (;;) {
		const char *eol = line_end(p, end);

		if (memchr(p, '$', (size_t)(eol - p)) != NULL)
			return true;
		if (eol == end || joins(p, eol, false) == NULL)
			return false;
		p = eol + 1;
	}
}

bool expand_line(struct expander *x, const struct source *source, struct line_place *place,
		 struct expansion *ret)
{
	const char *end = (const char *)source->text.p + source->text.len;
	const char *p = skip_blanks(place->p, end), *rest = p;
	struct expansion line = { .source = source };

	if (p == end || *p == '\n')
		return false;
	if (*p != '@' && *p != '~' && !has_reference(p, end))
		return false;
	while (*p == '@' && rest < end && !is_blank(*rest) && *rest != '\n')
		rest++;
	rest = skip_blanks(rest, end);
	gather(x, end, place, define_len(rest, line_end(rest, end)) > 0, &line);
	x->out = (struct expansion){ .source = source };
	if (!x->complaints->stop)
		expand_span(x, (struct span){ &line, 0, line.len }, 0);
	*ret = x->out;
	return true;
}
