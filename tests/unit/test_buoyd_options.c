/* The command line of buoyd: keepalived's flags, and no flag that is silently ignored. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "base/err.h"
#include "buoyd/options.h"

enum { ARGS_MAX = 16 };

static char error[OPTIONS_ERROR_MAX];

/* Parses the words of |line|. */
static int parse(const char *line, struct options *o)
{
	static char buf[512];
	char *argv[ARGS_MAX + 1] = { (char[]){ "buoyd" } }, *rest;
	int argc = 1;

	strcpy(buf, line);
	for (char *w = strtok_r(buf, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
		argv[argc++] = w;
	error[0] = '\0';
	return options_parse(argc, argv, o, error);
}

static void without_flags_the_defaults_hold(void **unused)
{
	struct options o;

	(void)unused;
	assert_int_equal(parse("", &o), 0);
	assert_int_equal(o.task, TASK_RUN);
	assert_null(o.conf_path);
	assert_string_equal(o.pid_path, "/run/buoyd.pid");
	assert_string_equal(o.socket_path, "/run/buoy/buoyd.sock");
	assert_false(o.foreground || o.console || o.detail || o.dump_conf || o.no_syslog);
	assert_int_equal(o.facility, LOG_DAEMON);
}

static void flags_are_keepalived_s(void **unused)
{
	struct options o;

	(void)unused;
	assert_int_equal(parse("-n -l -D -d -P -G -S 3 -f /a -p /b -r /c --socket /d", &o), 0);
	assert_true(o.foreground && o.console && o.detail && o.dump_conf && o.no_syslog);
	assert_int_equal(o.facility, LOG_LOCAL3);
	assert_string_equal(o.conf_path, "/a");
	assert_string_equal(o.pid_path, "/b");
	assert_string_equal(o.vrrp_pid_path, "/c");
	assert_string_equal(o.socket_path, "/d");
	assert_int_equal(parse("--dont-fork --log-console --use-file=/x --pid=/y -nlD", &o), 0);
	assert_string_equal(o.conf_path, "/x");
	assert_int_equal(parse("-t", &o), 0);
	assert_int_equal(o.task, TASK_TEST);
	assert_null(o.test_log);
	assert_int_equal(parse("--config-test=/log -f /a", &o), 0);
	assert_string_equal(o.test_log, "/log");
}

static void signals_have_keepalived_s_numbers(void **unused)
{
	const struct {
		const char *line;
		int number;
	} table[] = {
		{ "--signum=STOP", SIGTERM },
		{ "--signum=RELOAD", SIGHUP },
		{ "--signum=DATA", SIGUSR1 },
		{ "--signum=STATS", SIGUSR2 },
		{ "--signum=STATS_CLEAR", SIGRTMAX - 1 },
		{ "--signum=JSON", SIGRTMIN + 2 },
		{ "--signum=TDUMP", SIGRTMAX },
	};
	struct options o;

	(void)unused;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(parse(table[i].line, &o), 0);
		assert_int_equal(o.task, TASK_SIGNUM);
		assert_int_equal(o.signum, table[i].number);
	}
	assert_int_equal(parse("--signum=NONE", &o), E_SYNTAX);
	assert_non_null(strstr(error, "NONE"));
}

static void what_is_not_understood_is_named(void **unused)
{
	const struct {
		const char *line, *named;
	} table[] = {
		{ "-Z", "-Z" },
		{ "-nZ", "-Z" },
		{ "--frobnicate", "--frobnicate" },
		{ "stray", "stray" },
		{ "-f", "-f" },
		{ "--pid", "--pid" },
		{ "-S 9", "9" },
		{ "-A x", "--snmp-agent-socket" },
		{ "-x", "--snmp" },
		{ "--namespace=blue", "--namespace" },
	};
	struct options o;

	(void)unused;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(parse(table[i].line, &o), E_SYNTAX);
		assert_non_null(strstr(error, table[i].named));
	}
}

static void the_worker_is_started_by_descriptor(void **unused)
{
	struct options o;

	(void)unused;
	assert_int_equal(parse("--worker=17", &o), 0);
	assert_int_equal(o.task, TASK_WORKER);
	assert_int_equal(o.worker_fd, 17);
	assert_int_equal(parse("--worker=2", &o), E_SYNTAX);
	assert_int_equal(parse("--worker=x", &o), E_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_flags_the_defaults_hold),
		cmocka_unit_test(flags_are_keepalived_s),
		cmocka_unit_test(signals_have_keepalived_s_numbers),
		cmocka_unit_test(what_is_not_understood_is_named),
		cmocka_unit_test(the_worker_is_started_by_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
