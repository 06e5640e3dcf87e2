#include "io/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "io/clock.h"

enum { LINE_MAX_BYTES = 1000, STAMP_MAX = 64 };

/* Where lines go, and how many did not get there. */
struct sink {
	bool (*write)(enum msg_level, const char *text);
	uint64_t lost, told;
};

static bool write_console(enum msg_level, const char *text);
static bool write_syslog(enum msg_level, const char *text);

static struct {
	struct log_options opt;
	int fd; /* connected to syslog, -1: not */
	struct sink console, syslog;
} state = { .fd = -1, .console.write = write_console, .syslog.write = write_syslog };

static const int priorities[] = {
	[MSG_ERR] = LOG_ERR,   [MSG_WARNING] = LOG_WARNING, [MSG_NOTICE] = LOG_NOTICE,
	[MSG_INFO] = LOG_INFO, [MSG_DEBUG] = LOG_DEBUG,
};

static int connect_syslog(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = state.opt.syslog_path != NULL ? state.opt.syslog_path : "/dev/log";
	int fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return -1;
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

void log_open(const struct log_options *opt)
{
	log_close();
	state.opt = *opt;
	tzset();
	if (opt->syslog)
		state.fd = connect_syslog();
}

void log_close(void)
{
	if (state.fd >= 0)
		close(state.fd);
	state.fd = -1;
	state.opt.console = state.opt.console_grave = state.opt.syslog = false;
}

void log_settle(void)
{
	state.opt.console_grave = false;
}

static void stamp(const char *format, char buf[STAMP_MAX])
{
	time_t now = (time_t)(clock_wall(clock_now()) / (int64_t)USEC_PER_SEC);
	struct tm tm;

	buf[0] = '\0';
	if (localtime_r(&now, &tm) != NULL)
		strftime(buf, STAMP_MAX, format, &tm);
}

/* keepalived's console format. A pipe that has room for a line takes it whole. */
static bool write_console(enum msg_level level, const char *text)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	char when[STAMP_MAX], line[LINE_MAX_BYTES + STAMP_MAX + 8];
	struct text out = TEXT(line);

	(void)level;
	stamp("%a %b %e %H:%M:%S %Y", when);
	text_fmt(&out, "%s: %s\n", when, text);
	if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))
		return false;
	return write(STDERR_FILENO, line, out.len) == (ssize_t)out.len;
}

/* The form syslog(3) writes, RFC 3164 without the host. */
static bool write_syslog(enum msg_level level, const char *text)
{
	char when[STAMP_MAX], line[LINE_MAX_BYTES + 2 * STAMP_MAX];
	struct text out = TEXT(line);

	stamp("%b %e %H:%M:%S", when);
	text_fmt(&out, "<%d>%s %s[%d]: %s", state.opt.facility | priorities[level], when,
		 state.opt.ident, (int)getpid(), text);
	if (state.fd >= 0 && send(state.fd, line, out.len, MSG_NOSIGNAL) >= 0)
		return true;
	if (state.fd >= 0 && errno == EAGAIN)
		return false;
	if (state.fd >= 0)
		close(state.fd);
	state.fd = connect_syslog();
	return state.fd >= 0 && send(state.fd, line, out.len, MSG_NOSIGNAL) >= 0;
}

static void tell_loss(struct sink *s)
{
	char line[LINE_MAX_BYTES];
	struct text out = TEXT(line);

	text_fmt(&out, "%llu log lines could not be written here and are lost",
		 (unsigned long long)(s->lost - s->told));
	if (s->write(MSG_WARNING, line))
		s->told = s->lost;
}

static void write_to(struct sink *s, enum msg_level level, const char *text)
{
	if (s->lost > s->told)
		tell_loss(s);
	if (!s->write(level, text))
		s->lost++;
}

void log_line(enum msg_level level, const char *text)
{
	char line[LINE_MAX_BYTES];
	struct text out = TEXT(line);

	if (level == MSG_DEBUG && !state.opt.detail)
		return;
	text_str(&out, text);
	for (char *p = line; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	if (state.opt.console || (state.opt.console_grave && level <= MSG_WARNING))
		write_to(&state.console, level, line);
	if (state.opt.syslog)
		write_to(&state.syslog, level, line);
}

void log_fmt(enum msg_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	struct text out = TEXT(line);
	va_list ap;

	va_start(ap, fmt);
	text_vfmt(&out, fmt, ap);
	va_end(ap);
	log_line(level, line);
}

void log_msg(const struct msg *m)
{
	char line[LINE_MAX_BYTES];
	struct text out = TEXT(line);

	msg_render(&out, m);
	log_line(msg_level(m->id), line);
}

uint64_t log_lost(void)
{
	return state.console.lost + state.syslog.lost;
}

int log_facility(const char *name, int *ret)
{
	static const int locals[] = { LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2, LOG_LOCAL3,
				      LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7 };
	const char *digit = strncmp(name, "local", 5) == 0 ? name + 5 : name;

	if (strcmp(name, "user") == 0)
		*ret = LOG_USER;
	else if (strcmp(name, "daemon") == 0)
		*ret = LOG_DAEMON;
	else if (digit[0] >= '0' && digit[0] <= '7' && digit[1] == '\0')
		*ret = locals[digit[0] - '0'];
	else
		return E_SYNTAX;
	return 0;
}
