/* buoy/simulate_svg.h - the timelines of `buoy simulate` as a picture: one line a case, a colour a
 * host, red where nobody served. */
#ifndef BUOY_SIMULATE_SVG_H
#define BUOY_SIMULATE_SVG_H

#include <stdint.h>

#include "sim/study.h"

/* Writes the picture of |count| results to |path|. 0, or -1 with errno set. */
int simulate_svg(const char *path, const struct study *, const struct study_result *list,
		 uint32_t count);

#endif
