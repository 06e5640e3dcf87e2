#include <stdio.h>
#include <string.h>

#include "buoy/buoy.h"

static int cmd_version(int argc, char **argv);
static int cmd_help(int argc, char **argv);

static const struct buoy_command commands[] = {
	{ "status", cmd_status, "status [--json] [--socket PATH] [INSTANCE...]",
	  "who holds which address, since when and why" },
	{ "check", cmd_check, "check [--json] [-i ID] FILE [[-i ID] FILE...]",
	  "look at a configuration, or at those of all nodes of a cluster side by side" },
	{ "fmt", cmd_fmt, "fmt [-i ID] FILE", "print a configuration in its canonical form" },
	{ "diff", cmd_diff, "diff [-i ID] OLD [-i ID] NEW",
	  "what a reload would change, instance by instance" },
	{ "simulate", cmd_simulate,
	  "simulate [--check NAME=KIND]... [--promote never|manual:S|auto:S] [--pairs] [--json]\n"
	  "                [--explain ID] [--svg FILE] FILE FILE...",
	  "who holds the address, after how long, when each thing breaks" },
	{ "explain", cmd_explain, "explain [CODE...]", "what a complaint means and what to do" },
	{ "version", cmd_version, "version", "print the version" },
	{ "help", cmd_help, "help", "print this" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void usage(FILE *out)
{
	fprintf(out, "usage: buoy COMMAND\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  buoy %s\n        %s\n", commands[i].usage, commands[i].help);
	fprintf(out, "\nSee buoy(1).\n");
}

static int cmd_version(int argc, char **argv)
{
	(void)argc, (void)argv;
	printf("buoy %s\n", BUOY_VERSION);
	return BUOY_EXIT_OK;
}

static int cmd_help(int argc, char **argv)
{
	(void)argc, (void)argv;
	usage(stdout);
	return BUOY_EXIT_OK;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0 || strcmp(name, "-v") == 0)
		name = "version";
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (name[0] != '\0')
		fprintf(stderr, "buoy: no command is called %s\n", name);
	usage(stderr);
	return BUOY_EXIT_USAGE;
}
