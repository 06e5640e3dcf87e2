#include <stdlib.h>
#include <string.h>

#include "buoy/buoy.h"
#include "buoy/conffile.h"
#include "conf/diff.h"
#include "io/mem.h"

enum { DIFF_FAILED = 2 }; /* as diff(1): 1 means that they differ */

static int parse(int argc, char **argv, struct conffile files[2])
{
	const char *id = NULL;
	int count = 0;

	for (int i = 1; i < argc; i++) {
		if (conffile_flag(argv, &i, &id))
			continue;
		if (argv[i][0] == '-' || count == 2) {
			fprintf(stderr, "buoy diff: OLD and NEW, not %s; see buoy(1)\n", argv[i]);
			return DIFF_FAILED;
		}
		files[count++] = (struct conffile){ .path = argv[i], .config_id = id };
	}
	if (count == 2)
		return BUOY_EXIT_OK;
	fprintf(stderr, "buoy diff: which two files? See buoy(1)\n");
	return DIFF_FAILED;
}

static int print(struct arena *arena, const char *before, const char *after)
{
	size_t room = 2 * (strlen(before) + strlen(after)) + 65536;
	struct text t = { .p = malloc(room), .cap = room };
	struct conf_diff d;

	if (t.p == NULL || conf_diff(arena, before, after, &t, &d) < 0) {
		free(t.p);
		fprintf(stderr, "buoy diff: out of memory\n");
		return DIFF_FAILED;
	}
	fwrite(t.p, 1, t.len, stdout);
	printf("%u blocks unchanged, %u changed, %u added, %u removed, %u renamed\n", d.same,
	       d.changed, d.added, d.removed, d.renamed);
	free(t.p);
	return d.changed + d.added + d.removed + d.renamed > 0 ? BUOY_EXIT_FAILED : BUOY_EXIT_OK;
}

int cmd_diff(int argc, char **argv)
{
	struct conffile files[2] = { 0 };
	char *texts[2] = { NULL, NULL };
	int code = parse(argc, argv, files);
	struct arena arena;

	if (code != BUOY_EXIT_OK)
		return code;
	mem_arena(&arena);
	for (int i = 0; i < 2; i++) {
		conffile_load(&files[i], false);
		conffile_print_err(stderr, &files[i]);
		if (files[i].model == NULL)
			conffile_print(stderr, &files[i].diags, true);
		else
			texts[i] = conffile_text(&files[i]);
	}
	code = texts[0] != NULL && texts[1] != NULL ? print(&arena, texts[0], texts[1])
						    : DIFF_FAILED;
	for (int i = 0; i < 2; i++) {
		free(texts[i]);
		conffile_done(&files[i]);
	}
	arena_done(&arena);
	return code;
}
