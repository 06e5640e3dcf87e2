#include "conf/diff.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "conf/names.h"

struct block {
	const char *head; /* "vrrp_instance web", without the brace */
	const char *text; /* its lines, up to the closing brace; of |len| bytes */
	size_t len;
	bool paired;
};

struct blocks {
	struct arena *arena;
	struct block *list;
	uint32_t count;
	struct names heads;
};

static size_t line_len(const char *p)
{
	return strcspn(p, "\n");
}

static uint32_t count_blocks(const char *p)
{
	uint32_t n = 0;

	for (; *p != '\0'; p += line_len(p) + (p[line_len(p)] == '\n'))
		n += *p != '\t' && *p != '}' && *p != '\n';
	return n;
}

/* A block begins with a line that is not indented and ends with a brace that is not. */
static int split(struct blocks *b, const char *p)
{
	uint32_t room = count_blocks(p);

	b->list = arena_array(b->arena, room, sizeof(*b->list));
	if (b->list == NULL || names_init(&b->heads, b->arena, room) < 0)
		return E_NOMEM;
	while (*p != '\0') {
		size_t len = line_len(p);
		bool begins = *p != '\t' && *p != '}' && len > 0;
		struct block *now = &b->list[b->count];

		if (begins) {
			size_t head = len > 2 && p[len - 1] == '{' ? len - 2 : len;

			now->head = arena_strndup(b->arena, p, head);
			if (now->head == NULL ||
			    names_put(&b->heads, now->head, b->count) == E_NOMEM)
				return E_NOMEM;
			now->text = p + len + (p[len] == '\n');
			b->count++;
		} else if (*p == '\t' && b->count > 0) {
			now[-1].len = (size_t)(p + len + (p[len] == '\n') - now[-1].text);
		}
		p += len + (p[len] == '\n');
	}
	return 0;
}

/* Whether the line of |len| bytes at |line|, with what stands in the same inner block, is in |b|.
 */
static bool has_line(const struct block *b, const char *line, size_t len, const char *inner,
		     size_t inner_len)
{
	const char *p = b->text, *end = p + b->len, *now = "";
	size_t now_len = 0;

	while (p < end) {
		size_t n = line_len(p);

		if (n == len && memcmp(p, line, n) == 0 && now_len == inner_len &&
		    memcmp(now, inner, now_len) == 0)
			return true;
		if (n > 0 && p[n - 1] == '{') {
			now = p;
			now_len = n;
		} else if (n > 0 && p[n - 1] == '}') {
			now_len = 0;
		}
		p += n + 1;
	}
	return false;
}

static void put_line(struct text *out, const char *sign, const char *p, size_t len,
		     const char *inner, size_t inner_len)
{
	while (len > 0 && *p == '\t') {
		p++;
		len--;
	}
	text_fmt(out, "    %s ", sign);
	if (inner_len > 2) {
		text_add(out, inner + 1, inner_len - 3);
		text_char(out, ' ');
	}
	if (len > 9 && memcmp(p, "auth_pass", 9) == 0)
		text_str(out, "auth_pass ***");
	else
		text_add(out, p, len);
	text_char(out, '\n');
}

/* The lines of |a| that |b| has not; their number. */
static uint32_t put_missing(struct text *out, const char *sign, const struct block *a,
			    const struct block *b)
{
	const char *p = a->text, *end = p + a->len, *inner = "";
	size_t inner_len = 0;
	uint32_t count = 0;

	while (p < end) {
		size_t n = line_len(p);
		bool opens = n > 0 && p[n - 1] == '{', closes = n > 0 && p[n - 1] == '}';

		if (!opens && !closes && !has_line(b, p, n, inner, inner_len)) {
			if (out != NULL)
				put_line(out, sign, p, n, inner, inner_len);
			count++;
		}
		inner = opens ? p : inner;
		inner_len = opens ? n : closes ? 0 : inner_len;
		p += n + 1;
	}
	return count;
}

static bool same_text(const struct block *a, const struct block *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static void compare(struct text *out, const struct block *a, const struct block *b,
		    const char *what)
{
	text_fmt(out, "%s: %s\n", b->head, what);
	if (put_missing(out, "-", a, b) + put_missing(out, "+", b, a) == 0 && !same_text(a, b))
		text_str(out, "      the order is different\n");
}

static bool is_instance(const struct block *b)
{
	return strncmp(b->head, "vrrp_instance ", 14) == 0;
}

/* Whether |a| and |b| are the same virtual router: interface and VRID. */
static bool same_router(const struct block *a, const struct block *b)
{
	static const char *const keys[] = { "\tinterface ", "\tvirtual_router_id " };

	for (size_t k = 0; k < 2; k++) {
		const char *p = a->text, *end = p + a->len;
		size_t n = strlen(keys[k]);
		bool found = false;

		for (; p < end && !found; p += line_len(p) + 1)
			found = strncmp(p, keys[k], n) == 0 && has_line(b, p, line_len(p), "", 0);
		if (!found)
			return false;
	}
	return true;
}

static struct block *renamed_from(struct blocks *before, const struct blocks *after,
				  const struct block *b)
{
	for (uint32_t i = 0; is_instance(b) && i < before->count; i++) {
		struct block *a = &before->list[i];

		if (is_instance(a) && !a->paired &&
		    names_find(&after->heads, a->head) == NAMES_NONE && same_router(a, b))
			return a;
	}
	return NULL;
}

static void compare_block(struct blocks *before, struct blocks *after, struct block *b,
			  struct text *out, struct conf_diff *count)
{
	uint32_t at = names_find(&before->heads, b->head);
	struct block *a = at != NAMES_NONE ? &before->list[at] : renamed_from(before, after, b);
	char what[160];
	struct text t = TEXT(what);

	if (a == NULL) {
		text_fmt(out, "%s: added\n", b->head);
		count->added++;
		return;
	}
	a->paired = true;
	if (at == NAMES_NONE) {
		text_fmt(&t, "renamed from %s", strchr(a->head, ' ') + 1);
		compare(out, a, b, what);
		count->renamed++;
	} else if (same_text(a, b)) {
		count->same++;
	} else {
		compare(out, a, b, "changed");
		count->changed++;
	}
}

int conf_diff(struct arena *arena, const char *before, const char *after, struct text *out,
	      struct conf_diff *ret)
{
	struct blocks old = { .arena = arena }, new = { .arena = arena };
	struct conf_diff count = { 0 };

	if (split(&old, before) < 0 || split(&new, after) < 0)
		return E_NOMEM;
	for (uint32_t i = 0; i < new.count; i++)
		compare_block(&old, &new, &new.list[i], out, &count);
	for (uint32_t i = 0; i < old.count; i++) {
		if (old.list[i].paired)
			continue;
		text_fmt(out, "%s: removed\n", old.list[i].head);
		count.removed++;
	}
	*ret = count;
	return 0;
}
