/* buoyd/options.h - the command line, with keepalived's flags.
 *
 * One table says what each flag is called, what it takes and what it does; the help text and the
 * refusals are made from it. A flag of keepalived's that is not built is refused by name. */
#ifndef BUOYD_OPTIONS_H
#define BUOYD_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#define CONF_PATH_OURS       "/etc/buoy/buoyd.conf"
#define CONF_PATH_KEEPALIVED "/etc/keepalived/keepalived.conf"
#define PID_PATH             "/run/buoyd.pid"
#define SOCKET_PATH          "/run/buoy/buoyd.sock"

/* What is to be done. */
enum task { TASK_RUN, TASK_TEST, TASK_HELP, TASK_VERSION, TASK_SIGNUM, TASK_WORKER };

struct options {
	enum task task;
	const char *conf_path; /* NULL: the first of the two default files that is there */
	const char *pid_path, *vrrp_pid_path; /* the second may be NULL */
	const char *socket_path;
	const char *config_id; /* NULL: the name of the host */
	const char *test_log;  /* NULL: standard error */
	bool foreground, console, detail, dump_conf, no_syslog, json;
	int facility;
	int signum;
	int worker_fd;
};

enum { OPTIONS_ERROR_MAX = 256 };

/* Reads |argv|. Strings in |*ret| are borrowed from it. E_SYNTAX: the reason is in |error|. */
int options_parse(int argc, char **argv, struct options *ret, char error[OPTIONS_ERROR_MAX]);
/* Prints the help text. */
void options_help(FILE *out);

#endif
