#include "io/clock.h"

#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * (int64_t)USEC_PER_SEC + ts.tv_nsec / 1000;
}

usec_t clock_now(void)
{
	return (usec_t)read_clock(CLOCK_MONOTONIC);
}

usec_t clock_uptime(void)
{
	return (usec_t)read_clock(CLOCK_BOOTTIME);
}

int64_t clock_wall(usec_t when)
{
	return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC) + (int64_t)when;
}

const char *clock_iso(int64_t wall, char buf[CLOCK_TEXT_MAX])
{
	time_t seconds = (time_t)(wall / (int64_t)USEC_PER_SEC);
	struct tm tm;
	size_t len;

	if (localtime_r(&seconds, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	len = strftime(buf, CLOCK_TEXT_MAX - 1, "%Y-%m-%dT%H:%M:%S%z", &tm);
	if (len >= 5 && (buf[len - 5] == '+' || buf[len - 5] == '-')) {
		memmove(buf + len - 1, buf + len - 2, 3); /* +hhmm becomes +hh:mm */
		buf[len - 2] = ':';
	}
	return buf;
}
