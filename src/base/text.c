#include "base/text.h"

#include <string.h>

void text_add(struct text *t, const char *s, size_t len)
{
	size_t room = t->cap - t->len;

	if (t->cap == 0 || t->cut) {
		t->cut = true;
		return;
	}
	if (len >= room) {
		len = room - 1;
		t->cut = true;
	}
	memcpy(t->p + t->len, s, len);
	t->len += len;
	t->p[t->len] = '\0';
}

void text_char(struct text *t, char c)
{
	text_add(t, &c, 1);
}

void text_str(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

static void text_number(struct text *t, uint64_t v, unsigned base, unsigned width, char pad)
{
	char buf[64];
	unsigned n = sizeof(buf);

	do {
		buf[--n] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v != 0);
	while (sizeof(buf) - n < width && n > 0)
		buf[--n] = pad;
	text_add(t, buf + n, sizeof(buf) - n);
}

void text_u64(struct text *t, uint64_t v)
{
	text_number(t, v, 10, 0, ' ');
}

void text_i64(struct text *t, int64_t v)
{
	if (v < 0)
		text_char(t, '-');
	text_u64(t, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void text_addr(struct text *t, const struct addr *a)
{
	char buf[ADDR_TEXT_MAX];

	text_str(t, addr_print(a, buf));
}

void text_seconds(struct text *t, usec_t us)
{
	uint64_t rest = us % USEC_PER_SEC;
	unsigned width = 6;

	text_u64(t, us / USEC_PER_SEC);
	if (rest == 0)
		return;
	while (rest % 10 == 0) {
		rest /= 10;
		width--;
	}
	text_char(t, '.');
	text_number(t, rest, 10, width, '0');
}

/* Length of the well-formed UTF-8 sequence at |s|, 0 when there is none (Unicode table 3-7). */
static size_t utf8_len(const unsigned char *s)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		lo = 0xa0;
	if (s[0] == 0xed)
		hi = 0x9f;
	if (s[0] == 0xf0)
		lo = 0x90;
	if (s[0] == 0xf4)
		hi = 0x8f;
	if (s[1] < lo || s[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void json_escape(struct text *t, unsigned char c)
{
	switch (c) {
	case '"':
		text_str(t, "\\\"");
		return;
	case '\\':
		text_str(t, "\\\\");
		return;
	case '\n':
		text_str(t, "\\n");
		return;
	case '\t':
		text_str(t, "\\t");
		return;
	default:
		text_str(t, "\\u");
		text_number(t, c, 16, 4, '0');
	}
}

void text_json(struct text *t, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	text_char(t, '"');
	while (*p != '\0') {
		size_t n = utf8_len(p);

		if (n == 0) {
			text_str(t, "\xef\xbf\xbd");
			n = 1;
		} else if (n == 1 && (*p < 0x20 || *p == '"' || *p == '\\' || *p == 0x7f)) {
			json_escape(t, *p);
		} else {
			text_add(t, (const char *)p, n);
		}
		p += n;
	}
	text_char(t, '"');
}

struct spec {
	unsigned width;
	char pad;
	int longs; /* 0 int, 1 long, 2 long long, 3 size_t */
};

static const char *read_spec(const char *f, struct spec *ret)
{
	struct spec s = { .pad = ' ' };

	if (*f == '0') {
		s.pad = '0';
		f++;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		s.width = s.width * 10 + (unsigned)(*f - '0');
	for (; *f == 'l'; f++)
		s.longs++;
	if (*f == 'z') {
		s.longs = 3;
		f++;
	}
	*ret = s;
	return f;
}

/* va_arg by value of |longs|; a macro, because a va_list may not be passed on and used again. */
#define NEXT(ap, longs, kind)                                                                      \
	((longs) == 0   ? (unsigned long long)va_arg(ap, kind int)                                 \
	 : (longs) == 1 ? (unsigned long long)va_arg(ap, kind long)                                \
	 : (longs) == 2 ? (unsigned long long)va_arg(ap, kind long long)                           \
			: (unsigned long long)va_arg(ap, size_t))

void text_vfmt(struct text *t, const char *f, va_list ap)
{
	struct spec s;
	long long d;

	for (; *f != '\0'; f++) {
		if (*f != '%') {
			text_char(t, *f);
			continue;
		}
		f = read_spec(f + 1, &s);
		switch (*f) {
		case 's':
			text_str(t, va_arg(ap, const char *));
			break;
		case 'c':
			text_char(t, (char)va_arg(ap, int));
			break;
		case 'd':
			d = (long long)NEXT(ap, s.longs, signed);
			if (d < 0)
				text_char(t, '-');
			text_number(t, d < 0 ? 0 - (uint64_t)d : (uint64_t)d, 10, s.width, s.pad);
			break;
		case 'u':
			text_number(t, NEXT(ap, s.longs, unsigned), 10, s.width, s.pad);
			break;
		case 'x':
			text_number(t, NEXT(ap, s.longs, unsigned), 16, s.width, s.pad);
			break;
		case '\0':
			return;
		default:
			text_char(t, *f);
		}
	}
}

void text_fmt(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vfmt(t, fmt, ap);
	va_end(ap);
}
