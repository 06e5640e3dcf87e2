/* base/text.h - text put together in a buffer of fixed size.
 *
 * The pure half has no printf. What does not fit is cut, and |cut| says so: nothing is lost
 * without a trace. The buffer is NUL-terminated after every call. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/time.h"

struct text {
	char *p;    /* the caller's, |cap| bytes */
	size_t len; /* without the NUL */
	size_t cap;
	bool cut;
};

#define TEXT(buf) ((struct text){ .p = (buf), .cap = sizeof(buf) })

void text_char(struct text *, char c);
void text_add(struct text *, const char *s, size_t len);
void text_str(struct text *, const char *s);
void text_u64(struct text *, uint64_t v);
void text_i64(struct text *, int64_t v);
void text_addr(struct text *, const struct addr *);
/* Seconds with as many decimals as are not zero: 3609375 us is "3.609375". */
void text_seconds(struct text *, usec_t);
/* |s| as a JSON string, quotes included. Bytes that are not UTF-8 come out as U+FFFD. */
void text_json(struct text *, const char *s);
/* %s %c %d %u %x %% with the modifiers l, ll, z, a width and 0-padding; nothing else. */
void text_fmt(struct text *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_vfmt(struct text *, const char *fmt, va_list) __attribute__((format(printf, 2, 0)));

#endif
