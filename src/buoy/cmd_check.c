#include <stdlib.h>
#include <string.h>

#include "buoy/buoy.h"
#include "buoy/conffile.h"
#include "conf/cluster.h"
#include "io/mem.h"

enum { NODES_MAX = 64, JSON_MAX = 16 * 1024 };

struct check {
	struct conffile nodes[NODES_MAX];
	struct diags between[NODES_MAX]; /* about the file, held against the others */
	uint32_t count;
	bool json;
	struct arena arena; /* of |between| */
};

static int usage(const char *what, const char *about)
{
	fprintf(stderr, "buoy check: %s%s; see buoy(1)\n", what, about);
	return BUOY_EXIT_USAGE;
}

static int parse(int argc, char **argv, struct check *c)
{
	const char *id = NULL;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			c->json = true;
		else if (conffile_flag(argv, &i, &id))
			continue;
		else if (argv[i][0] == '-')
			return usage("not a flag, or without its value: ", argv[i]);
		else if (c->count == NODES_MAX)
			return usage("more files than can be compared", "");
		else
			c->nodes[c->count++] = (struct conffile){ .path = argv[i],
								  .config_id = id };
	}
	return c->count > 0 ? BUOY_EXIT_OK : usage("which file?", "");
}

/* What the files say together, if each of them can be read. */
static void compare(struct check *c)
{
	const struct model *models[NODES_MAX];

	for (uint32_t i = 0; i < c->count; i++) {
		models[i] = c->nodes[i].model;
		if (models[i] == NULL)
			return;
	}
	for (uint32_t i = 0; c->count > 1 && i < c->count; i++)
		if (cluster_check(&c->arena, models, c->count, i, &c->between[i]) < 0)
			fprintf(stderr, "buoy check: out of memory\n");
}

static struct diags total(const struct check *c)
{
	struct diags sum = { 0 };

	for (uint32_t i = 0; i < c->count; i++) {
		sum.errors += c->nodes[i].diags.errors + c->between[i].errors;
		sum.warnings += c->nodes[i].diags.warnings + c->between[i].warnings;
		sum.advice += c->nodes[i].diags.advice + c->between[i].advice;
	}
	return sum;
}

static void print_json_list(const struct diags *diags, bool *first)
{
	for (const struct diag *d = diags->first; d != NULL; d = d->next) {
		static char buf[JSON_MAX];
		struct text t = TEXT(buf);

		diag_json(&t, d);
		printf("%s\n    %s", *first ? "" : ",", buf);
		*first = false;
	}
}

static void print_json(const struct check *c, int code)
{
	struct diags sum = total(c);
	bool first = true;

	printf("{\n  \"exit\": %d, \"errors\": %u, \"warnings\": %u, \"advice\": %u,\n"
	       "  \"complaints\": [",
	       code, sum.errors, sum.warnings, sum.advice);
	for (uint32_t i = 0; i < c->count; i++) {
		print_json_list(&c->nodes[i].diags, &first);
		print_json_list(&c->between[i], &first);
	}
	printf("\n  ]\n}\n");
}

static void print(const struct check *c)
{
	struct diags sum = total(c);

	for (uint32_t i = 0; i < c->count; i++) {
		conffile_print(stdout, &c->nodes[i].diags, false);
		conffile_print_err(stderr, &c->nodes[i]);
		conffile_print(stdout, &c->between[i], false);
	}
	if (sum.errors + sum.warnings + sum.advice > 0)
		printf("%u errors, %u warnings, %u pieces of advice; `buoy explain CODE` says "
		       "more\n",
		       sum.errors, sum.warnings, sum.advice);
}

/* keepalived's for one file; of several, the first that is not 0. */
static int exit_code(const struct check *c)
{
	for (uint32_t i = 0; i < c->count; i++) {
		int code = conf_exit_code(&c->nodes[i].diags, c->nodes[i].err);

		if (code == 0)
			code = conf_exit_code(&c->between[i], 0);
		if (code != 0)
			return code;
	}
	return BUOY_EXIT_OK;
}

int cmd_check(int argc, char **argv)
{
	struct check *c = calloc(1, sizeof(*c));
	int code = c != NULL ? parse(argc, argv, c) : BUOY_EXIT_FAILED;

	if (code != BUOY_EXIT_OK) {
		free(c);
		return code;
	}
	mem_arena(&c->arena);
	for (uint32_t i = 0; i < c->count; i++)
		conffile_load(&c->nodes[i], c->count == 1);
	compare(c);
	code = exit_code(c);
	if (c->json)
		print_json(c, code);
	else
		print(c);
	for (uint32_t i = 0; i < c->count; i++)
		conffile_done(&c->nodes[i]);
	arena_done(&c->arena);
	free(c);
	return code;
}
