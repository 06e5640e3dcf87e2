/* io/daemonize.h - into the background, and telling the one who started us how it went. */
#ifndef IO_DAEMONIZE_H
#define IO_DAEMONIZE_H

struct daemonize {
	int fd; /* to the waiting parent; -1: nobody waits */
};

/* Forks. The parent never returns: it waits for daemonize_ready() and exits with its code, or with
 * 1 when the child dies before. The child returns 0 in a session of its own, with / as directory
 * and /dev/null as standard input and output; standard error stays until daemonize_ready(). On
 * failure returns E_* in the caller. */
int daemonize_fork(struct daemonize *);
/* Lets the parent exit with |code|. On 0, standard error becomes /dev/null unless |keep_stderr|. */
void daemonize_ready(struct daemonize *, int code, int keep_stderr);

#endif
