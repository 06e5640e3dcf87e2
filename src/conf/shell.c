#include "conf/shell.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* At most |max| digits of |base|. */
static const char *escaped_number(const char *p, const char *end, int base, int max, char *ret)
{
	int v = 0;

	for (; max > 0 && p < end && digit(*p) < base; max--)
		v = v * base + digit(*p++);
	*ret = (char)(unsigned char)v;
	return p;
}

const char *shell_escape(const char *p, const char *end, char *ret)
{
	static const char names[] = "abEfnrtv", values[] = "\a\b\033\f\n\r\t\v";
	const char *name;

	if (p == end) {
		*ret = '\\';
		return p;
	}
	name = memchr(names, *p, sizeof(names) - 1);
	if (name != NULL) {
		*ret = values[name - names];
		return p + 1;
	}
	if (digit(*p) < 8)
		return escaped_number(p, end, 8, 3, ret);
	if (*p == 'x' && p + 1 < end && digit(p[1]) < 16)
		return escaped_number(p + 1, end, 16, 2, ret);
	if (*p == 'c' && p + 1 < end && p[1] >= ' ') {
		*ret = (char)(p[1] & 0x1f);
		return p + 2;
	}
	*ret = *p;
	return p + 1;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Copies one word from |*p| to |out|. */
static int take_word(const char **p, const char *end, char **out)
{
	char quote = '\0', c;

	while (*p < end && (quote != '\0' || !is_blank(**p))) {
		c = *(*p)++;
		if (c == quote) {
			quote = '\0';
			continue;
		}
		if (quote == '\0' && (c == '"' || c == '\'')) {
			quote = c;
			continue;
		}
		if (c == '\\') {
			*p = shell_escape(*p, end, &c);
			if (c == '\0')
				return E_SYNTAX;
		}
		*(*out)++ = c;
	}
	*(*out)++ = '\0';
	return quote == '\0' ? 0 : E_SYNTAX;
}

int shell_split(struct arena *arena, const char *s, const char *const **ret_argv)
{
	const char *end = s + strlen(s);
	/* a word takes at least a letter and a blank: its NUL finds room */
	char *out = arena_alloc(arena, (size_t)(end - s) + 2), *word = out;
	const char **argv;
	size_t count = 0;

	if (out == NULL)
		return E_NOMEM;
	for (;;) {
		while (s < end && is_blank(*s))
			s++;
		if (s == end)
			break;
		if (take_word(&s, end, &out) < 0)
			return E_SYNTAX;
		count++;
	}
	if (count == 0)
		return E_SYNTAX;
	argv = arena_array(arena, count + 1, sizeof(*argv));
	if (argv == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		argv[i] = word;
		word += strlen(word) + 1;
	}
	*ret_argv = argv;
	return 0;
}

/* Whether the configuration might take what begins at |s| for ${NAME} or $_NAME. */
static bool is_reference(const char *s)
{
	return *s == '$' && (s[1] == '{' || s[1] == '_');
}

static bool is_plain(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr("\"'\\", *s) != NULL ||
		    is_reference(s))
			return false;
	return true;
}

/* Of "${" comes "\044{", and likewise of "$_": no variable of the configuration can be meant. */
static void join_quoted(struct text *t, const char *s)
{
	text_char(t, '\'');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < ' ' || c == 0x7f || is_reference(s)) {
			text_char(t, '\\');
			text_char(t, (char)('0' + (c >> 6)));
			text_char(t, (char)('0' + (c >> 3 & 7)));
			text_char(t, (char)('0' + (c & 7)));
			continue;
		}
		if (c == '\'' || c == '\\')
			text_char(t, '\\');
		text_char(t, (char)c);
	}
	text_char(t, '\'');
}

void shell_join(struct text *t, const char *const *argv)
{
	for (size_t i = 0; argv[i] != NULL; i++) {
		if (i > 0)
			text_char(t, ' ');
		if (is_plain(argv[i]))
			text_str(t, argv[i]);
		else
			join_quoted(t, argv[i]);
	}
}

const char *shell_text(struct arena *arena, const char *const *argv)
{
	struct text t = { .cap = 1 };

	for (size_t i = 0; argv[i] != NULL; i++)
		t.cap += 4 * strlen(argv[i]) + 3;
	t.p = arena_alloc(arena, t.cap);
	if (t.p == NULL)
		return NULL;
	shell_join(&t, argv);
	return t.p;
}
