/* sim/limits.h - how large a world may be. */
#ifndef SIM_LIMITS_H
#define SIM_LIMITS_H

enum {
	SIM_HOSTS_MAX = 9,
	SIM_CLIENTS_MAX = 3,
	SIM_ENDS_MAX = SIM_HOSTS_MAX + SIM_CLIENTS_MAX,
	SIM_LANS_MAX = 4,
	SIM_NONE = 0xff, /* no host, no client */
};

#endif
