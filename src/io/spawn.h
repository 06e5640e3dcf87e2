/* io/spawn.h - starts a program and stays out of its way.
 *
 * The child is a process group of its own, with default signals, scheduling and limits, nothing
 * open but its three standard files, / as its directory and 022 as its umask. No shell stands
 * between, except for a file the kernel cannot execute, which /bin/sh is given as execvp(3) does.
 *
 * All that can hang on a sick disk or a lost network file system happens in the child, so starting
 * never waits: whether the program could be executed is known from the pipe |failure| when the
 * child has ended. */
#ifndef IO_SPAWN_H
#define IO_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "io/script.h"

enum { SPAWN_DETAIL_MAX = 256 };

struct spawn {
	const char *const *argv; /* argv[0]: a path, or a name to be looked for on PATH */
	const char *const *envp; /* added to our environment; NULL: nothing */
	const struct script_user *user;
	const struct rlimit *files; /* its RLIMIT_NOFILE; NULL: ours */
	int death_signal;           /* sent to it when we die */
	bool security;              /* refuse what script_check() calls E_RANGE */
	bool output;                /* take its output; false: /dev/null */
};

/* What was started. The descriptors are close-on-exec, non-blocking pipes. Who started it reaps it,
 * too: until then |pid| is nobody else's number. */
struct spawned {
	pid_t pid;   /* of the process and of its group */
	int failure; /* for spawn_failure() */
	int output;  /* its standard output and error; -1: none */
};

/* Why a child could not execute its program. */
struct spawn_failure {
	int32_t code;                  /* an errno */
	char detail[SPAWN_DETAIL_MAX]; /* what that errno does not say; may be empty */
};

/* Starts it. E_NOMEM, E_AGAIN, E_FULL, E_IO: nothing was started, and errno says why. */
int spawn_start(const struct spawn *, struct spawned *ret);

/* Once the child has ended: true when it never came to run its program, and why. */
bool spawn_failure(const struct spawned *, struct spawn_failure *ret);

/* Sends |sig| to the whole group. Only while the process has not been reaped. */
void spawn_kill(const struct spawned *, int sig);

/* Closes the descriptors that are still there. */
void spawn_close(struct spawned *);

#endif
