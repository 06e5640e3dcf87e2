/* engine/engine.h - the process that holds the addresses, from start to end.
 *
 * One event loop around one node: what is heard goes into node_step(), what it asks for is carried
 * out at once, what it wants told is told when nothing is due any more. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>

/* Exit statuses of keepalived. */
enum engine_exit {
	ENGINE_EXIT_OK = 0,
	ENGINE_EXIT_FATAL = 1,
	ENGINE_EXIT_CONFIG = 2,
	ENGINE_EXIT_PERMISSION = 4,
	ENGINE_EXIT_NO_CONFIG = 6,
	ENGINE_EXIT_SOFTWARE = 70,
	ENGINE_EXIT_NO_MEMORY = 204,
};

/* All borrowed for the run. */
struct engine_options {
	const char *conf_path;
	const char *socket_path;
	bool dump_conf; /* the configuration, as understood, to the log */
	/* Called once, when the instances have been started. */
	void (*ready)(void *ctx);
	void *ctx;
};

/* Runs until SIGTERM or SIGINT. Blocks the signals it handles and starts worker processes from its
 * own executable (/proc/self/exe) with --worker=FD. Returns the status to exit with. */
enum engine_exit engine_run(const struct engine_options *);

#endif
