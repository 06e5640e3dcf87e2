/* sim/cluster.h - configurations of a cluster out of a few numbers, for worlds that no file
 * describes: the swarm, the explorer, the bench, tests.
 *
 * Hosts are node1, node2, ... at 192.0.2.1, .2, ... and fe80::1, fe80::2, ... on interface eth0.
 * Virtual router k has VRID 51 + k and addresses from 192.0.2.100 + 16 * k on, or from fe80::64 and
 * 2001:db8::64 on by as many. */
#ifndef SIM_CLUSTER_H
#define SIM_CLUSTER_H

#include "base/arena.h"
#include "sim/world.h"
#include "wire/vrrp.h"

enum { CLUSTER_ROUTERS_MAX = 3, CLUSTER_VIPS_MAX = 8, CLUSTER_CHECKS_MAX = 2 };

struct cluster_check {
	usec_t interval_us, timeout_us;
	uint32_t rise, fall;
	int16_t weight;
	bool reverse, init_fail;
	enum check_kind kind;
};

struct cluster {
	uint8_t hosts, routers, vips, checks;
	uint8_t version, family;
	enum vrrp_auth auth; /* with a secret only the hosts know */
	bool unicast;        /* each host is a peer of each */
	bool sync;           /* all virtual routers are one sync group */
	uint8_t priority[SIM_HOSTS_MAX][CLUSTER_ROUTERS_MAX];
	bool nopreempt[SIM_HOSTS_MAX];
	usec_t preempt_delay_us[SIM_HOSTS_MAX];
	usec_t advert_us[SIM_HOSTS_MAX];
	uint8_t down_adverts;
	bool answer_lower, send_before_yield, track_primary;
	struct garp_conf garp;
	struct cluster_check check[CLUSTER_CHECKS_MAX];
};

extern const char cluster_password[8];

/* Everything at keepalived's defaults: |hosts| with priorities 100, 90, 80, ... and one virtual
 * router of version 2 with one address, no check. */
struct cluster cluster_plain(uint8_t hosts);
/* Writes the configuration of each host into |ret_hosts|; what it points at lives in |arena|.
 * E_NOMEM. */
int cluster_make(const struct cluster *, struct arena *arena, struct host_conf *ret_hosts);
/* The world of |c| on a perfect network of 0.2 ms delay, one client, everything prompt. */
struct world_conf cluster_world(const struct cluster *c, uint64_t seed);

#endif
