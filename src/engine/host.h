/* engine/host.h - the real host's answers to the questions of conf/load.h. */
#ifndef ENGINE_HOST_H
#define ENGINE_HOST_H

#include "conf/load.h"

/* Files, interfaces, scripts and environment of this host. */
extern struct conf_host host_real;

/* To be called once, before anything is read: what @id and ${_INSTANCE} mean, NULL for the name of
 * this host without its domain, and what ${_PWD} starts from. |config_id| is borrowed for good. */
void host_identify(const char *config_id);

#endif
