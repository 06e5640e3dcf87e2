/* io/caps.h - may we do what we are for? */
#ifndef IO_CAPS_H
#define IO_CAPS_H

#include <stdbool.h>

/* True when this process has CAP_NET_ADMIN and CAP_NET_RAW in effect: without them no address can
 * be held and no advertisement sent. */
bool caps_has_network(void);

#endif
