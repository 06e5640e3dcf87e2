/* engine/status_instance.h - one instance as JSON, for engine/status.c. */
#ifndef ENGINE_STATUS_INSTANCE_H
#define ENGINE_STATUS_INSTANCE_H

#include <jansson.h>

#include "engine/status.h"

/* A new object about instance |index|, for the caller to release; NULL without memory. */
json_t *status_instance(const struct status_source *, uint32_t index);
/* |s| as a string, whatever bytes it holds: what is not UTF-8 becomes U+FFFD. null for NULL. */
json_t *status_text(const char *s);
/* {name: count} of all reasons to drop a packet. */
json_t *status_drops(const uint64_t dropped[DROP_COUNT]);

#endif
