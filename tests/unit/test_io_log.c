/* io/log.h against a syslog socket of the test's own, and io/pidfile.h. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "io/log.h"
#include "io/pidfile.h"

static char dir[] = "/tmp/buoy-log-XXXXXX";
static char path[64];

static int make_dir(void **unused)
{
	(void)unused;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int remove_dir(void **unused)
{
	(void)unused;
	return rmdir(dir);
}

static int listen_as_syslog(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(path, sizeof(path), "%s/log", dir);
	strcpy(at.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static const char *receive(int fd)
{
	static char buf[2048];
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);

	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

static void open_log(bool detail)
{
	log_open(&(struct log_options){ .ident = "buoyd",
					.facility = LOG_LOCAL1,
					.syslog = true,
					.detail = detail,
					.syslog_path = path });
}

static void a_line_has_priority_name_and_number(void **unused)
{
	int fd = listen_as_syslog();
	char wanted[64];
	const char *line;

	(void)unused;
	open_log(false);
	log_fmt(MSG_ERR, "two\nlines, %d", 7);
	snprintf(wanted, sizeof(wanted), " buoyd[%d]: two lines, 7", (int)getpid());
	line = receive(fd);
	assert_int_equal(strncmp(line, "<139>", 5), 0); /* local1.err */
	assert_non_null(strstr(line, wanted));
	log_close();
	close(fd);
	unlink(path);
}

static void details_are_told_when_asked_for(void **unused)
{
	int fd = listen_as_syslog();

	(void)unused;
	open_log(false);
	log_line(MSG_DEBUG, "detail");
	assert_string_equal(receive(fd), "");
	open_log(true);
	log_line(MSG_DEBUG, "detail");
	assert_non_null(strstr(receive(fd), "detail"));
	log_close();
	close(fd);
	unlink(path);
}

/* Nobody reads: the socket fills up, nothing waits, and the loss is told as soon as it can be. */
static void a_syslog_that_hangs_holds_nobody_up(void **unused)
{
	int fd = listen_as_syslog();
	uint64_t before = log_lost();
	bool told = false;
	const char *line;

	(void)unused;
	open_log(false);
	for (int i = 0; i < 5000; i++)
		log_line(MSG_INFO, "nobody reads this");
	assert_true(log_lost() > before);
	while (*receive(fd) != '\0')
		;
	log_line(MSG_INFO, "read again");
	while (*(line = receive(fd)) != '\0')
		told |= strstr(line, "are lost") != NULL;
	assert_true(told);
	log_close();
	close(fd);
	unlink(path);
}

static void a_syslog_that_comes_back_is_found(void **unused)
{
	int fd = listen_as_syslog();

	(void)unused;
	open_log(false);
	close(fd);
	unlink(path);
	log_line(MSG_INFO, "into the void");
	fd = listen_as_syslog();
	log_line(MSG_INFO, "here again");
	while (true) {
		const char *line = receive(fd);

		assert_string_not_equal(line, "");
		if (strstr(line, "here again") != NULL)
			break;
	}
	log_close();
	close(fd);
	unlink(path);
}

static void facilities_have_keepalived_names(void **unused)
{
	int f = -1;

	(void)unused;
	assert_int_equal(log_facility("3", &f), 0);
	assert_int_equal(f, LOG_LOCAL3);
	assert_int_equal(log_facility("local7", &f), 0);
	assert_int_equal(f, LOG_LOCAL7);
	assert_int_equal(log_facility("daemon", &f), 0);
	assert_int_equal(f, LOG_DAEMON);
	assert_int_equal(log_facility("local8", &f), E_SYNTAX);
	assert_int_equal(log_facility("33", &f), E_SYNTAX);
	assert_int_equal(f, LOG_DAEMON);
}

static void one_daemon_at_a_time_holds_the_pid_file(void **unused)
{
	struct pidfile first = { .fd = -1 }, second = { .fd = -1 };
	char pid[64];
	pid_t owner = 0;

	(void)unused;
	snprintf(pid, sizeof(pid), "%s/pid", dir);
	assert_int_equal(pidfile_lock(&first, pid, &owner), 0);
	assert_int_equal(pidfile_write(&first), 0);
	assert_int_equal(pidfile_lock(&second, pid, &owner), E_EXISTS);
	assert_int_equal(owner, getpid());
	pidfile_remove(&first);
	assert_int_equal(access(pid, F_OK), -1);
	assert_int_equal(pidfile_lock(&second, pid, &owner), 0);
	pidfile_remove(&second);
	assert_int_equal(pidfile_lock(&second, "/nonexistent/pid", &owner), E_NOENT);
}

static void a_stale_pid_file_is_no_obstacle(void **unused)
{
	struct pidfile f = { .fd = -1 };
	char pid[64];
	pid_t owner = 0;
	FILE *old;

	(void)unused;
	snprintf(pid, sizeof(pid), "%s/pid", dir);
	old = fopen(pid, "w");
	fprintf(old, "%d\n", (int)getppid());
	fclose(old);
	assert_int_equal(pidfile_lock(&f, pid, &owner), 0);
	pidfile_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_priority_name_and_number),
		cmocka_unit_test(details_are_told_when_asked_for),
		cmocka_unit_test(a_syslog_that_hangs_holds_nobody_up),
		cmocka_unit_test(a_syslog_that_comes_back_is_found),
		cmocka_unit_test(facilities_have_keepalived_names),
		cmocka_unit_test(one_daemon_at_a_time_holds_the_pid_file),
		cmocka_unit_test(a_stale_pid_file_is_no_obstacle),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
