#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "buoy/buoy.h"
#include "buoy/client.h"
#include "buoy/page.h"

struct status_options {
	const char *socket_path;
	bool json;
	int first; /* of the instances in argv, which stand at its end */
};

static int complain(const char *what, const char *about)
{
	fprintf(stderr, "buoy status: %s%s; see buoy(1)\n", what, about);
	return BUOY_EXIT_USAGE;
}

/* Flags may stand among the names; the names are moved to the end of argv. */
static int parse(int argc, char **argv, struct status_options *ret)
{
	struct status_options o = { .socket_path = CLIENT_SOCKET_PATH };
	int names = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			o.json = true;
		else if (strncmp(argv[i], "--socket=", 9) == 0)
			o.socket_path = argv[i] + 9;
		else if (strcmp(argv[i], "--socket") == 0 && i + 1 < argc)
			o.socket_path = argv[++i];
		else if (strcmp(argv[i], "--socket") == 0)
			return complain("--socket needs a path", "");
		else if (argv[i][0] == '-')
			return complain("unknown flag ", argv[i]);
		else
			argv[1 + names++] = argv[i];
	}
	argv[1 + names] = NULL;
	o.first = 1;
	*ret = o;
	return BUOY_EXIT_OK;
}

static bool is_named(const json_t *instance, char **names)
{
	const char *name = json_string_value(json_object_get(instance, "name"));

	for (; *names != NULL; names++)
		if (name != NULL && strcmp(name, *names) == 0)
			return true;
	return false;
}

/* Leaves only the instances that are asked for. False: one of them is not there. */
static bool select_instances(json_t *status, char **names)
{
	json_t *all = json_object_get(status, "instances"), *chosen = json_array(), *i;
	size_t n, wanted = 0;

	while (names[wanted] != NULL)
		wanted++;
	json_array_foreach(all, n, i) if (is_named(i, names)) json_array_append(chosen, i);
	if (json_array_size(chosen) < wanted) {
		fprintf(stderr, "buoy status: not all of these are instances; there are:");
		json_array_foreach(all, n, i)
			fprintf(stderr, " %s", json_string_value(json_object_get(i, "name")));
		fputc('\n', stderr);
		json_decref(chosen);
		return false;
	}
	json_object_set_new(status, "instances", chosen);
	return true;
}

int cmd_status(int argc, char **argv)
{
	struct status_options o;
	json_t *status = NULL;
	int code = parse(argc, argv, &o);

	if (code == BUOY_EXIT_OK)
		code = client_ask(o.socket_path, "{\"cmd\": \"status\"}", &status);
	if (code != BUOY_EXIT_OK)
		return code;
	if (argv[o.first] != NULL && !select_instances(status, argv + o.first))
		code = BUOY_EXIT_FAILED;
	else if (o.json)
		json_dumpf(status, stdout, JSON_INDENT(2));
	else
		page_print(stdout, status);
	if (code == BUOY_EXIT_OK && o.json)
		putchar('\n');
	json_decref(status);
	return code;
}
