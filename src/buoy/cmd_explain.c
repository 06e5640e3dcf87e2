#include <stdio.h>
#include <string.h>

#include "buoy/buoy.h"
#include "conf/explain.h"

enum { WIDTH = 78 };

static void print_wrapped(const char *s)
{
	size_t column = 0;

	while (*s != '\0') {
		size_t len = strcspn(s, " ");

		if (column > 0 && column + 1 + len > WIDTH) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%.*s", column > 0 ? " " : "  ", (int)len, s);
		s += len + strspn(s + len, " ");
	}
	putchar('\n');
}

static void print_code(enum diag_id id)
{
	const struct diag_kind *kind = diag_kind(id);
	const struct explanation *e = explain(id);

	printf("%s, %s: %s\n\n", kind->code, diag_grade_text(kind->grade), kind->meaning);
	if (e->why == NULL)
		return;
	print_wrapped(e->why);
	putchar('\n');
	print_wrapped(e->instead);
}

int cmd_explain(int argc, char **argv)
{
	if (argc == 1)
		for (enum diag_id id = 0; id < DIAG_COUNT; id++)
			printf("%s  %s\n", diag_kind(id)->code, diag_kind(id)->meaning);
	for (int i = 1; i < argc; i++) {
		enum diag_id id = explain_find(argv[i]);

		if (id == DIAG_COUNT) {
			fprintf(stderr,
				"buoy explain: there is no code %s; `buoy explain` lists them\n",
				argv[i]);
			return BUOY_EXIT_FAILED;
		}
		if (i > 1)
			putchar('\n');
		print_code(id);
	}
	return BUOY_EXIT_OK;
}
