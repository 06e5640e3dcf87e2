#include "conf/load.h"

#include <string.h>

/* Blanks as wide as the |len| bytes at |s|: tabs stay tabs, a UTF-8 letter is one column. */
static void pad(struct text *t, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\t')
			text_char(t, '\t');
		else if (((unsigned char)s[i] & 0xc0) != 0x80)
			text_char(t, ' ');
	}
}

static void caret(struct text *t, const struct diag *d)
{
	size_t len = strlen(d->line_text), from = d->column - 1, n = d->length;

	text_char(t, '\n');
	text_str(t, d->line_text);
	if (from > len)
		from = len;
	if (n > len - from)
		n = len - from;
	text_char(t, '\n');
	pad(t, d->line_text, from);
	text_char(t, '^');
	for (size_t i = from + 1; i < from + n; i++)
		if (((unsigned char)d->line_text[i] & 0xc0) != 0x80)
			text_char(t, '~');
}

const char *diag_grade_text(enum diag_grade grade)
{
	switch (grade) {
	case DIAG_ERROR:
		return "error";
	case DIAG_WARNING:
		return "warning";
	case DIAG_ADVICE:
		return "advice";
	}
	return "";
}

void diag_render(struct text *t, const struct diag *d)
{
	text_str(t, d->file);
	if (d->line != 0)
		text_fmt(t, ":%u:%u", d->line, d->column);
	text_fmt(t, ": %s: %s [%s]", diag_grade_text(d->grade), d->text, d->code);
	if (d->line_text != NULL)
		caret(t, d);
}

static void json_text(struct text *t, const char *key, const char *value)
{
	text_fmt(t, "\"%s\": ", key);
	text_json(t, value);
	text_str(t, ", ");
}

void diag_json(struct text *t, const struct diag *d)
{
	text_char(t, '{');
	json_text(t, "code", d->code);
	json_text(t, "grade", diag_grade_text(d->grade));
	json_text(t, "file", d->file);
	if (d->line != 0)
		text_fmt(t, "\"line\": %u, \"column\": %u, \"length\": %u, ", d->line, d->column,
			 d->length);
	if (d->line_text != NULL)
		json_text(t, "source", d->line_text);
	text_fmt(t, "\"counts\": %s, ", d->grade != DIAG_ADVICE && !d->quiet ? "true" : "false");
	text_str(t, "\"text\": ");
	text_json(t, d->text);
	text_char(t, '}');
}
