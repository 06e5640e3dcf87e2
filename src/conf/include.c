#include "conf/include.h"

#include <string.h>

#include "base/err.h"

static const struct {
	const char *keyword;
	unsigned checks;
} keywords[] = {
	{ "include", 0 },
	{ "includer", INCLUDE_READABLE },
	{ "includem", INCLUDE_READABLE | INCLUDE_MATCH },
	{ "includew", INCLUDE_READABLE | INCLUDE_WILDCARD },
	{ "includeb", INCLUDE_READABLE | INCLUDE_BRACE },
	{ "includea", INCLUDE_READABLE | INCLUDE_MATCH | INCLUDE_WILDCARD | INCLUDE_BRACE },
};

static const struct {
	const char *name;
	unsigned checks;
} options[] = {
	{ "readable", INCLUDE_READABLE },
	{ "read", INCLUDE_READABLE },
	{ "match", INCLUDE_READABLE | INCLUDE_MATCH },
	{ "wildcard_match", INCLUDE_READABLE | INCLUDE_WILDCARD },
	{ "brace_match", INCLUDE_READABLE | INCLUDE_BRACE },
};

enum { INCLUDE_ALL = INCLUDE_READABLE | INCLUDE_MATCH | INCLUDE_WILDCARD | INCLUDE_BRACE };

bool include_keyword(const struct word *w, unsigned *ret_checks)
{
	if (w->quoted || strncmp(w->s, "include", 7) != 0)
		return false;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strcmp(w->s, keywords[i].keyword) == 0) {
			*ret_checks = keywords[i].checks;
			return true;
		}
	return false;
}

static unsigned option(struct complaints *c, const struct word *w)
{
	const char *name = w->s + strspn(w->s, "+-");

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(name, options[i].name) == 0)
			return options[i].checks;
	complain(c, D_CHOICE, w,
		 "'%s' is no check of 'include_check', which takes readable, match, "
		 "wildcard_match and brace_match, also with + or - before them",
		 shown(w).s);
	return 0;
}

unsigned include_check(struct complaints *c, const struct word *words, uint32_t count,
		       unsigned checks)
{
	if (count == 1)
		return INCLUDE_ALL;
	if (words[1].s[0] != '+' && words[1].s[0] != '-')
		checks = 0;
	for (uint32_t i = 1; i < count; i++) {
		unsigned these = option(c, &words[i]);

		if (words[i].s[0] != '-')
			checks |= these;
		else if (these == INCLUDE_READABLE)
			checks &= ~these;
		else
			checks &= ~(these & ~(unsigned)INCLUDE_READABLE);
	}
	return checks;
}

/* |path| as seen from the file that includes it. */
static const char *beside(struct complaints *c, const struct word *path)
{
	const char *base = path->source->name, *slash = strrchr(base, '/');
	size_t len = slash != NULL ? (size_t)(slash - base) + 1 : 0;
	char *full;

	if (path->s[0] == '/' || len == 0)
		return path->s;
	full = complaints_need(c, arena_alloc(c->arena, len + path->len + 1));
	if (full == NULL)
		return path->s;
	memcpy(full, base, len);
	memcpy(full + len, path->s, path->len);
	return full;
}

void include_find(struct complaints *c, struct glob *g, const struct word *path, unsigned checks)
{
	int err = glob_expand(g, beside(c, path));

	if (err == E_NOMEM)
		(void)complaints_need(c, NULL);
	if (err == E_FULL) {
		complain(c, D_DEPTH, path, "'%s' means more files than can be read, %d",
			 shown(path).s, GLOB_PATHS_MAX);
		c->stop = true;
	}
	if (err < 0 || g->count > 0)
		return;
	if ((checks & INCLUDE_WILDCARD) != 0)
		complain(c, D_READ, path, "'%s' means no file that is there", shown(path).s);
	else if (g->missing)
		complain(c, D_NO_FILE, path, "the folder of '%s' is not there", shown(path).s);
}

void include_missing(struct complaints *c, const struct word *at, const struct glob_path *p,
		     unsigned checks)
{
	unsigned wanted = glob_has_braces(at->s) ? INCLUDE_BRACE : INCLUDE_MATCH;

	if ((checks & wanted) != 0)
		complain(c, D_READ, at, "'%s' cannot be read: not found", shown_text(p->path).s);
	else
		complain(c, D_NO_FILE, at,
			 "'%s' is not there and left out; 'includea', or 'include_check' in "
			 "global_defs, makes this an error",
			 shown_text(p->path).s);
}
