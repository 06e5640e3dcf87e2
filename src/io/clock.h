/* io/clock.h - the two clocks of the host.
 *
 * Everything that decides uses the monotonic one; the wall clock is for people only. */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include <stdint.h>

#include "base/time.h"

/* CLOCK_MONOTONIC, in microseconds. */
usec_t clock_now(void);

/* Microseconds since the host has started, time asleep included. */
usec_t clock_uptime(void);
/* Microseconds since 1970, UTC, at the monotonic moment |when|, as the wall clock stands now. */
int64_t clock_wall(usec_t when);

enum { CLOCK_TEXT_MAX = 64 };

/* "2026-11-22T15:00:00+00:00" for |wall| from clock_wall(), in local time. Returns |buf|. */
const char *clock_iso(int64_t wall, char buf[CLOCK_TEXT_MAX]);

#endif
