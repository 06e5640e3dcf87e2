#include "worker/tail.h"

#include <stdbool.h>
#include <string.h>

static bool is_blank(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

static void add_one(struct tail *t, char c)
{
	if (c == '\n' || c == '\r') {
		if (t->line_len == 0)
			return;
		memcpy(t->last, t->line, t->line_len);
		t->last_len = t->line_len;
		t->line_len = 0;
		return;
	}
	if (t->line_len == TAIL_MAX || (t->line_len == 0 && is_blank(c)))
		return;
	t->line[t->line_len++] = is_blank(c) ? ' ' : c;
}

void tail_add(struct tail *t, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		add_one(t, bytes[i]);
}

void tail_text(const struct tail *t, char ret[TAIL_TEXT_MAX])
{
	const char *from = t->line_len > 0 ? t->line : t->last;
	size_t len = t->line_len > 0 ? t->line_len : t->last_len;

	while (len > 0 && from[len - 1] == ' ')
		len--;
	memcpy(ret, from, len);
	ret[len] = '\0';
}
