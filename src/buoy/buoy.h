/* buoy/buoy.h - the operator's command: a table of subcommands, a file for each. */
#ifndef BUOY_BUOY_H
#define BUOY_BUOY_H

enum buoy_exit {
	BUOY_EXIT_OK = 0,
	BUOY_EXIT_FAILED = 1, /* it could not be done, and standard error says why */
	BUOY_EXIT_USAGE = 2,
	BUOY_EXIT_PERMISSION = 4,
};

/* A subcommand; argv[0] is its name. Returns the exit status. */
struct buoy_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage, *help;
};

int cmd_status(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_fmt(int argc, char **argv);
int cmd_simulate(int argc, char **argv);

#endif
