#include "buoyd/options.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/err.h"
#include "io/log.h"

enum { FIRST_LONG_ONLY = 256 };

/* Takes the flag's argument (NULL: none given). E_SYNTAX: not a value for it. */
typedef int take_fn(struct options *, const char *arg);

struct flag {
	const char *name;
	char letter;              /* 0: none */
	int takes;                /* no_argument, required_argument, optional_argument */
	take_fn *take;            /* NULL: keepalived has it, we have not */
	const char *value, *help; /* help NULL: not shown */
};

static const struct {
	const char *name;
	int from_min, from_max, number; /* the signal: SIGRTMIN + , SIGRTMAX - , or by number */
} signals[] = {
	{ "STOP", -1, -1, SIGTERM },  { "RELOAD", -1, -1, SIGHUP }, { "DATA", -1, -1, SIGUSR1 },
	{ "STATS", -1, -1, SIGUSR2 }, { "STATS_CLEAR", -1, 1, 0 },  { "JSON", 2, -1, 0 },
	{ "TDUMP", -1, 0, 0 },
};

static int take_conf(struct options *o, const char *arg)
{
	o->conf_path = arg;
	return arg[0] != '\0' ? 0 : E_SYNTAX;
}

static int take_foreground(struct options *o, const char *arg)
{
	(void)arg;
	o->foreground = true;
	return 0;
}

static int take_console(struct options *o, const char *arg)
{
	(void)arg;
	o->console = true;
	return 0;
}

static int take_detail(struct options *o, const char *arg)
{
	(void)arg;
	o->detail = true;
	return 0;
}

static int take_dump(struct options *o, const char *arg)
{
	(void)arg;
	o->dump_conf = true;
	return 0;
}

static int take_no_syslog(struct options *o, const char *arg)
{
	(void)arg;
	o->no_syslog = true;
	return 0;
}

static int take_facility(struct options *o, const char *arg)
{
	return log_facility(arg, &o->facility);
}

static int take_pid(struct options *o, const char *arg)
{
	o->pid_path = arg;
	return arg[0] != '\0' ? 0 : E_SYNTAX;
}

static int take_vrrp_pid(struct options *o, const char *arg)
{
	o->vrrp_pid_path = arg;
	return arg[0] != '\0' ? 0 : E_SYNTAX;
}

static int take_config_id(struct options *o, const char *arg)
{
	o->config_id = arg;
	return arg[0] != '\0' ? 0 : E_SYNTAX;
}

static int take_socket(struct options *o, const char *arg)
{
	o->socket_path = arg;
	return arg[0] != '\0' ? 0 : E_SYNTAX;
}

static int take_test(struct options *o, const char *arg)
{
	o->task = TASK_TEST;
	o->test_log = arg;
	return 0;
}

static int take_json(struct options *o, const char *arg)
{
	(void)arg;
	o->json = true;
	return 0;
}

static int take_signum(struct options *o, const char *arg)
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (strcmp(signals[i].name, arg) != 0)
			continue;
		o->task = TASK_SIGNUM;
		o->signum = signals[i].from_min >= 0   ? SIGRTMIN + signals[i].from_min
			    : signals[i].from_max >= 0 ? SIGRTMAX - signals[i].from_max
						       : signals[i].number;
		return 0;
	}
	return E_SYNTAX;
}

static int take_nothing(struct options *o, const char *arg)
{
	(void)o, (void)arg;
	return 0;
}

static int take_help(struct options *o, const char *arg)
{
	(void)arg;
	o->task = TASK_HELP;
	return 0;
}

static int take_version(struct options *o, const char *arg)
{
	(void)arg;
	o->task = TASK_VERSION;
	return 0;
}

static int take_worker(struct options *o, const char *arg)
{
	char *end;
	long fd = strtol(arg, &end, 10);

	if (*end != '\0' || fd < 3 || fd > 1 << 20)
		return E_SYNTAX;
	o->task = TASK_WORKER;
	o->worker_fd = (int)fd;
	return 0;
}

enum { NO = no_argument, ARG = required_argument, MAYBE = optional_argument };

static const struct flag flags[] = {
	{ "use-file", 'f', ARG, take_conf, "FILE",
	  "read this configuration (" CONF_PATH_OURS " if it is there, else " CONF_PATH_KEEPALIVED
	  ")" },
	{ "config-test", 't', MAYBE, take_test, "LOG",
	  "check the configuration, complain to standard error or LOG, and end" },
	{ "config-id", 'i', ARG, take_config_id, "ID",
	  "keep the lines of the configuration that begin with @ID (the host name)" },
	{ "json", 0, NO, take_json, NULL, "with -t: complain in JSON" },
	{ "dont-fork", 'n', NO, take_foreground, NULL, "stay in the foreground" },
	{ "log-console", 'l', NO, take_console, NULL, "log to standard error too" },
	{ "log-detail", 'D', NO, take_detail, NULL, "log details too" },
	{ "log-facility", 'S', ARG, take_facility, "0-7",
	  "syslog facility: 0-7, local0-7, user, daemon" },
	{ "no-syslog", 'G', NO, take_no_syslog, NULL, "do not log to syslog" },
	{ "dump-conf", 'd', NO, take_dump, NULL, "log the configuration as understood" },
	{ "pid", 'p', ARG, take_pid, "FILE", "pid file (" PID_PATH ")" },
	{ "vrrp_pid", 'r', ARG, take_vrrp_pid, "FILE", "a second pid file, with the same number" },
	{ "socket", 0, ARG, take_socket, "PATH", "where `buoy` asks (" SOCKET_PATH ")" },
	{ "vrrp", 'P', NO, take_nothing, NULL, "only VRRP; this is all there is" },
	{ "signum", 0, ARG, take_signum, "NAME",
	  "print the number of a signal: STOP RELOAD DATA STATS STATS_CLEAR JSON TDUMP" },
	{ "version", 'v', NO, take_version, NULL, "print the version" },
	{ "help", 'h', NO, take_help, NULL, "print this" },
	{ "worker", 0, ARG, take_worker, NULL, NULL },
	{ "check", 'C', NO, NULL, NULL, NULL },
	{ "no_bfd", 'B', NO, take_nothing, NULL, NULL },
	{ "all", 0, NO, NULL, NULL, NULL },
	{ "log-file", 'g', MAYBE, NULL, NULL, NULL },
	{ "flush-log-file", 0, NO, NULL, NULL, NULL },
	{ "release-vips", 'X', NO, NULL, NULL, NULL },
	{ "dont-release-vrrp", 'V', NO, NULL, NULL, NULL },
	{ "dont-release-ipvs", 'I', NO, NULL, NULL, NULL },
	{ "dont-respawn", 'R', NO, NULL, NULL, NULL },
	{ "checkers_pid", 'c', ARG, NULL, NULL, NULL },
	{ "bfd_pid", 'b', ARG, NULL, NULL, NULL },
	{ "genhash", 'T', NO, NULL, NULL, NULL },
	{ "address-monitoring", 'a', NO, NULL, NULL, NULL },
	{ "namespace", 's', ARG, NULL, NULL, NULL },
	{ "all-config", 'e', MAYBE, NULL, NULL, NULL },
	{ "snmp", 'x', NO, NULL, NULL, NULL },
	{ "snmp-agent-socket", 'A', ARG, NULL, NULL, NULL },
	{ "umask", 'u', ARG, NULL, NULL, NULL },
	{ "core-dump", 'm', NO, NULL, NULL, NULL },
	{ "core-dump-pattern", 'M', MAYBE, NULL, NULL, NULL },
	{ "perf", 0, MAYBE, NULL, NULL, NULL },
	{ "debug", 0, MAYBE, NULL, NULL, NULL },
	{ "no-mem-check", 0, NO, NULL, NULL, NULL },
	{ "ignore-sigint", 0, NO, NULL, NULL, NULL },
};

enum { FLAGS = sizeof(flags) / sizeof(flags[0]) };

static int code_of(size_t i)
{
	return flags[i].letter != 0 ? flags[i].letter : FIRST_LONG_ONLY + (int)i;
}

/* The table in the two forms getopt_long(3) wants. */
static void make_getopt(struct option longs[FLAGS + 1], char shorts[3 * FLAGS + 2])
{
	char *s = shorts;

	*s++ = ':';
	for (size_t i = 0; i < FLAGS; i++) {
		longs[i] = (struct option){ flags[i].name, flags[i].takes, NULL, code_of(i) };
		if (flags[i].letter == 0)
			continue;
		*s++ = flags[i].letter;
		for (int colons = 0; colons < flags[i].takes; colons++)
			*s++ = ':';
	}
	*s = '\0';
	longs[FLAGS] = (struct option){ 0 };
}

static int complain(char error[OPTIONS_ERROR_MAX], const char *format, const char *what)
{
	snprintf(error, OPTIONS_ERROR_MAX, format, what);
	return E_SYNTAX;
}

/* A short flag is found in |optopt| only, a long one in what was typed. */
static int refuse(char error[OPTIONS_ERROR_MAX], char **argv, const char *format)
{
	char letter[] = { '-', (char)optopt, '\0' };
	bool is_short = optopt > 0 && optopt < FIRST_LONG_ONLY && argv[optind - 1][1] != '-';

	return complain(error, format, is_short ? letter : argv[optind - 1]);
}

static int take(struct options *o, int code, char error[OPTIONS_ERROR_MAX])
{
	char name[64];
	size_t i = 0;

	while (code_of(i) != code)
		i++;
	snprintf(name, sizeof(name), "--%s", flags[i].name);
	if (flags[i].take == NULL)
		return complain(error, "%s is a flag of keepalived that buoyd does not have (yet)",
				name);
	if (flags[i].take(o, optarg) < 0) {
		snprintf(error, OPTIONS_ERROR_MAX, "%s: not a value for it: %s", name, optarg);
		return E_SYNTAX;
	}
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret, char error[OPTIONS_ERROR_MAX])
{
	struct option longs[FLAGS + 1];
	char shorts[3 * FLAGS + 2];
	struct options o = {
		.pid_path = PID_PATH,
		.socket_path = SOCKET_PATH,
		.facility = LOG_DAEMON,
	};
	int code, err;

	make_getopt(longs, shorts);
	optind = 0; /* from the beginning, also when called again */
	opterr = 0;
	while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (code == '?')
			return refuse(error, argv, "unknown flag %s; see buoyd --help");
		if (code == ':')
			return refuse(error, argv, "%s needs a value; see buoyd --help");
		err = take(&o, code, error);
		if (err < 0)
			return err;
	}
	if (optind < argc)
		return complain(error, "not a flag: %s; see buoyd --help", argv[optind]);
	*ret = o;
	return 0;
}

void options_help(FILE *out)
{
	fprintf(out, "usage: buoyd [flags]\n\n"
		     "Keeps virtual addresses alive over several hosts: VRRP, as keepalived does "
		     "it.\n\n");
	for (size_t i = 0; i < FLAGS; i++) {
		char left[64];

		if (flags[i].help == NULL)
			continue;
		snprintf(left, sizeof(left), "%s%c%s --%s%s%s%s", flags[i].letter != 0 ? "-" : " ",
			 flags[i].letter != 0 ? flags[i].letter : ' ',
			 flags[i].letter != 0 ? "," : " ", flags[i].name,
			 flags[i].takes == MAYBE ? "[" : "", flags[i].takes != NO ? "=" : "",
			 flags[i].takes != NO ? flags[i].value : "");
		fprintf(out, "  %s%s\n        %s\n", left, flags[i].takes == MAYBE ? "]" : "",
			flags[i].help);
	}
	fprintf(out, "\nSee buoyd(8) and buoyd.conf(5).\n");
}
