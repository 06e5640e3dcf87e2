#include "conf/glob.h"

#include <string.h>

#include "base/err.h"

/* ---- one name ------------------------------------------------------------------------------ */

/* Whether |c| is in the set whose [ stands before |p|; NULL when the set is not closed, else its
 * end in |*ret|. */
static bool in_set(const char *p, char c, const char **ret)
{
	bool except = *p == '!' || *p == '^', in = false, first = true;

	p += except;
	for (; *p != '\0' && (*p != ']' || first); p++, first = false) {
		unsigned char low, high, is = (unsigned char)c;

		if (*p == '\\' && p[1] != '\0')
			p++;
		low = high = (unsigned char)*p;
		if (p[1] == '-' && p[2] != '\0' && p[2] != ']') {
			p += 2;
			high = (unsigned char)*p;
		}
		in = in || (is >= low && is <= high);
	}
	*ret = *p == ']' ? p + 1 : NULL;
	return in != except;
}

/* One character of |*pattern|, which is not a *, against |c|. */
static bool one_matches(const char **pattern, char c)
{
	const char *p = *pattern, *end;

	if (*p == '[') {
		bool in = in_set(p + 1, c, &end);

		if (end != NULL) {
			*pattern = end;
			return in;
		}
	}
	if (*p == '\\' && p[1] != '\0')
		p++;
	else if (*p == '?')
		c = '?';
	*pattern = p + 1;
	return *p == c;
}

bool glob_matches(const char *pattern, const char *name)
{
	const char *star = NULL, *retry = NULL;

	if (name[0] == '.' && pattern[0] != '.')
		return false;
	while (*name != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
			continue;
		}
		if (*pattern != '\0' && one_matches(&pattern, *name)) {
			name++;
			continue;
		}
		if (star == NULL)
			return false;
		pattern = star;
		name = ++retry;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool glob_has_wildcards(const char *s)
{
	return s[strcspn(s, "*?[")] != '\0';
}

/* ---- braces -------------------------------------------------------------------------------- */

struct group {
	const char *open, *close;
};

/* The first pair of braces with a comma between them. */
static bool find_group(const char *s, struct group *ret)
{
	for (const char *open = strchr(s, '{'); open != NULL; open = strchr(open + 1, '{')) {
		unsigned depth = 0;
		bool comma = false;

		for (const char *p = open; *p != '\0'; p++) {
			depth += *p == '{';
			comma = comma || (*p == ',' && depth == 1);
			if (*p != '}' || --depth > 0)
				continue;
			*ret = (struct group){ open, p };
			if (comma)
				return true;
			break;
		}
	}
	return false;
}

bool glob_has_braces(const char *s)
{
	struct group g;

	return find_group(s, &g);
}

/* ---- paths --------------------------------------------------------------------------------- */

static bool may_go_on(struct glob *g)
{
	if (g->work++ >= 8 * GLOB_PATHS_MAX)
		g->full = true;
	return !g->full && !g->nomem;
}

static void add(struct glob *g, const char *path, bool found)
{
	if (g->count == GLOB_PATHS_MAX) {
		g->full = true;
		return;
	}
	if (g->count == g->room) {
		uint32_t room = g->room > 0 ? 2 * g->room : 8;
		struct glob_path *more = arena_array(g->arena, room, sizeof(*more));

		g->nomem = g->nomem || more == NULL;
		if (more == NULL)
			return;
		if (g->count > 0)
			memcpy(more, g->paths, g->count * sizeof(*more));
		g->paths = more;
		g->room = room;
	}
	g->paths[g->count++] = (struct glob_path){ path, found };
}

/* |a| of |len| bytes, and |b|, and |c| behind it. */
static char *put(struct glob *g, const char *a, size_t len, const char *b, size_t b_len,
		 const char *c)
{
	size_t rest = strlen(c);
	char *s;

	if (len + b_len + rest > GLOB_PATH_MAX) {
		g->full = true;
		return NULL;
	}
	s = arena_alloc(g->arena, len + b_len + rest + 1);
	if (s == NULL) {
		g->nomem = true;
		return NULL;
	}
	memcpy(s, a, len);
	memcpy(s + len, b, b_len);
	memcpy(s + len + b_len, c, rest);
	return s;
}

/* Sorts |n| names by their bytes (Shell's way). */
static void sort(const char **names, uint32_t n)
{
	for (uint32_t gap = n / 2; gap > 0; gap /= 2)
		for (uint32_t i = gap; i < n; i++) {
			const char *name = names[i];
			uint32_t j = i;

			for (; j >= gap && strcmp(names[j - gap], name) > 0; j -= gap)
				names[j] = names[j - gap];
			names[j] = name;
		}
}

/* Goes into what |pattern| means below |folder|, which is empty or ends in a slash. */
static void walk(struct glob *g, const char *folder, const char *pattern, bool found)
{
	size_t len = strcspn(pattern, "/"), slashes = strspn(pattern + len, "/");
	const char *rest = pattern + len + slashes, **names, *part;
	uint32_t count = 0;

	if (!may_go_on(g))
		return;
	part = put(g, pattern, len, "", 0, "");
	if (part == NULL)
		return;
	if (len == 0 || (!found && !glob_has_wildcards(part))) {
		part = put(g, folder, strlen(folder), pattern, len + slashes, "");
		if (part != NULL && *rest != '\0')
			walk(g, part, rest, found);
		else if (part != NULL)
			add(g, part, found);
		return;
	}
	if (g->host->list == NULL || g->host->list(g->host->ctx, folder[0] != '\0' ? folder : ".",
						   g->arena, &names, &count) < 0)
		return;
	sort(names, count);
	for (uint32_t i = 0; i < count && !g->full && !g->nomem; i++) {
		const char *next;

		if (!glob_matches(part, names[i]))
			continue;
		next = put(g, folder, strlen(folder), names[i], strlen(names[i]),
			   *rest != '\0' ? "/" : "");
		if (next != NULL && *rest != '\0')
			walk(g, next, rest, true);
		else if (next != NULL)
			add(g, next, true);
	}
}

static void expand(struct glob *g, const char *pattern, unsigned depth)
{
	struct group group;
	const char *p;

	if (depth > GLOB_DEPTH_MAX)
		g->full = true;
	if (!may_go_on(g))
		return;
	if (!find_group(pattern, &group)) {
		walk(g, "", pattern, false);
		return;
	}
	for (p = group.open; p < group.close && !g->full && !g->nomem;) {
		const char *from = ++p;
		char *one;

		for (int inner = 0; p < group.close && (*p != ',' || inner > 0); p++)
			inner += (*p == '{') - (*p == '}');
		one = put(g, pattern, (size_t)(group.open - pattern), from, (size_t)(p - from),
			  group.close + 1);
		if (one != NULL)
			expand(g, one, depth + 1);
	}
}

int glob_expand(struct glob *g, const char *pattern)
{
	g->count = 0;
	g->missing = false;
	expand(g, pattern, 0);
	if (g->nomem)
		return E_NOMEM;
	return g->full ? E_FULL : 0;
}
