/* base/time.h - monotonic time, the only time the pure half of buoy knows.
 *
 * usec_t counts microseconds from an origin nobody looks at; two of them can be compared and
 * subtracted. Wall time exists only at the edges (mail, signatures, the journal). */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdint.h>

typedef uint64_t usec_t;

#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC  ((usec_t)1000000)
#define USEC_NEVER    ((usec_t)UINT64_MAX)

static inline usec_t usec_min(usec_t a, usec_t b)
{
	return a < b ? a : b;
}

static inline usec_t usec_max(usec_t a, usec_t b)
{
	return a > b ? a : b;
}

#endif
