/* engine/host.h - the real host's answers to the questions of conf/load.h. */
#ifndef ENGINE_HOST_H
#define ENGINE_HOST_H

#include "conf/load.h"

/* Files, interfaces and scripts of this host. */
extern const struct conf_host host_real;

#endif
