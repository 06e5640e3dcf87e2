/* The manual page knows every keyword, its range and its default, and every code of a complaint.
 * TAP: one case a table. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/explain.h"
#include "conf/keys.h"

enum { PAGE_ROOM = 1 << 20 };

static char page[PAGE_ROOM];

/* Where |line| begins a line between |from| and |end|, or NULL. What follows it must not go on the
 * word. */
static const char *find_line(const char *from, const char *end, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = from; p != NULL && p < end; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, line, len) == 0 && (p[len] == '\n' || p[len] == ' '))
			return p;
	}
	return NULL;
}

static bool says(const char *item, const char *end, const char *sentence)
{
	const char *found = strstr(item, sentence);

	return found != NULL && found < end;
}

static void range_of(struct text *t, const struct key *k)
{
	bool seconds = k->kind == KEY_SECONDS || k->kind == KEY_TIME;

	text_str(t, "Range: ");
	if (seconds)
		text_seconds(t, (usec_t)k->min);
	else
		text_i64(t, k->min);
	text_str(t, "..");
	if (seconds)
		text_seconds(t, (usec_t)k->max);
	else
		text_i64(t, k->max);
}

/* A keyword that is built has an item in the section of its block. */
static bool explained(const struct key *k, const char *from, const char *end)
{
	char line[128], sentence[200];
	struct text range = TEXT(sentence);
	const char *item, *next;

	(void)snprintf(line, sizeof(line), ".It Ic %s", k->name);
	item = find_line(from, end, line);
	if (item == NULL) {
		printf("# %s has no item\n", k->name);
		return false;
	}
	next = strstr(item + 1, "\n.It Ic ");
	if (next == NULL || next > end)
		next = end;
	if (k->max != 0) {
		range_of(&range, k);
		if (!says(item, next, sentence)) {
			printf("# %s: %s\n", k->name, sentence);
			return false;
		}
	}
	if (k->standard == NULL)
		return true;
	(void)snprintf(sentence, sizeof(sentence),
		       strcmp(k->standard, "required") == 0 ? "Required." : "Default: %s.",
		       k->standard);
	if (!says(item, next, sentence))
		printf("# %s: %s\n", k->name, sentence);
	return says(item, next, sentence);
}

/* A keyword that is refused or skipped stands in one of the lists. */
static bool listed(const struct key *k, const char *end)
{
	char line[128];

	(void)snprintf(line, sizeof(line), ".Ic %s", k->name);
	if (find_line(page, end, line) != NULL)
		return true;
	printf("# %s is in no list\n", k->name);
	return false;
}

static bool has_section(const struct key *k, const char *end)
{
	char line[128];

	(void)snprintf(line, sizeof(line), ".Ss %s", k->name);
	if (find_line(page, end, line) != NULL)
		return true;
	printf("# there is no section %s\n", k->name);
	return false;
}

static bool table_is_covered(const struct key_table *t, const char *end)
{
	char line[128];
	const char *from = page, *to = end;
	bool good = true;

	if (t->block != NULL) {
		(void)snprintf(line, sizeof(line), ".Ss %s", t->block);
		from = find_line(page, end, line);
		if (from == NULL) {
			printf("# there is no section %s\n", t->block);
			return false;
		}
		to = strstr(from + 1, "\n.Ss ");
		if (to == NULL)
			to = end;
	}
	for (size_t i = 0; i < t->count; i++) {
		const struct key *k = &t->keys[i];

		if (k->kind >= KEY_LATER)
			good = listed(k, end) && good;
		else if (t->block != NULL)
			good = explained(k, from, to) && good;
		else
			good = has_section(k, end) && good;
	}
	return good;
}

static bool codes_are_covered(const char *end)
{
	char line[32];
	bool good = true;

	for (enum diag_id i = 0; i < DIAG_COUNT; i++) {
		(void)snprintf(line, sizeof(line), ".It %s", diag_kind(i)->code);
		if (find_line(page, end, line) == NULL) {
			printf("# %s is not explained\n", diag_kind(i)->code);
			good = false;
		}
	}
	return good;
}

static bool codes_are_explained(void)
{
	bool good = true;

	for (enum diag_id i = 0; i < DIAG_COUNT; i++) {
		const struct explanation *e = explain(i);

		if (e->why == NULL || e->instead == NULL || e->why[0] == '\0' ||
		    explain_find(diag_kind(i)->code) != i) {
			printf("# %s has no paragraph in explain.def\n", diag_kind(i)->code);
			good = false;
		}
	}
	return good;
}

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
	size_t len = f != NULL ? fread(page, 1, sizeof(page) - 1, f) : 0;
	int bad = 0, n = 0;
	bool good;

	if (len == 0) {
		printf("Bail out! no manual page\n");
		return 1;
	}
	(void)fclose(f);
	printf("1..%d\n", KEYS_BLOCKS + 2);
	for (enum key_block b = KEYS_ROOT; b < KEYS_BLOCKS; b++) {
		const struct key_table *t = key_table(b);

		good = table_is_covered(t, page + len);
		printf("%sok %d - manual %s\n", good ? "" : "not ", ++n,
		       t->block != NULL ? t->block : "blocks");
		bad += !good;
	}
	good = codes_are_covered(page + len);
	printf("%sok %d - manual codes\n", good ? "" : "not ", ++n);
	bad += !good;
	good = codes_are_explained();
	printf("%sok %d - explained codes\n", good ? "" : "not ", ++n);
	bad += !good;
	return bad > 0;
}
