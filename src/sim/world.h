/* sim/world.h - hosts, each with the real core and its real configuration, on a network, with
 * clients, under one virtual clock.
 *
 * A world is a scenario's plaything: it is made from a struct world_conf, runs until a given time,
 * is disturbed through the calls below, and runs on. The same configuration, seed and calls give
 * the same story to the last microsecond. Nothing is decided here: the protocol is core's, verdicts
 * are check's. Who wants to see everything hangs itself into the hooks. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/prng.h"
#include "core/node.h"
#include "sim/client.h"
#include "sim/limits.h"
#include "sim/net.h"
#include "sim/probe.h"
#include "sim/queue.h"

/* ---- what a world is made from ---------------------------------------------------------- */

struct host_conf {
	const char *name;
	const struct node_conf *node;
	const struct check_conf *checks; /* scripts: the first |check_count| of the node's checks */
	const enum check_kind *kinds;    /* of those */
	uint16_t check_count;
	const int32_t *values;       /* what the files say that are the rest of the node's checks */
	const struct addr *sources;  /* node->link_count of them: primary addresses */
	const struct addr *sources6; /* node->link_count of them: link-local addresses */
	const uint8_t *lans;         /* node->link_count of them: where each link is plugged in */
};

/* How addresses, announcements and packets fare in a host's kernel. Chances in 65536ths. */
struct kernel_conf {
	usec_t delay_us, jitter_us; /* how long it takes to carry something out */
	uint16_t refuse_add, refuse_del, refuse_send;
	usec_t lease_us; /* addresses outlive the daemon that renews them so long; 0: for good */
};

enum promotion {
	PROMOTE_NEVER,
	PROMOTE_MANUAL, /* somebody switches over when clients have had no service for so long */
	PROMOTE_AUTO,   /* a monitor promotes when no writable database was reachable for so long */
	PROMOTE_NOTIFY, /* the notification of becoming MASTER promotes, so long after it */
};

struct world_conf {
	struct host_conf hosts[SIM_HOSTS_MAX];
	uint8_t host_count, client_count;
	struct path path; /* every path, at the start */
	struct kernel_conf kernel;
	usec_t lateness_us; /* a due deadline is served up to so much later */
	usec_t probe_us;    /* a run of a check takes so long */
	usec_t boot_us;     /* from power to the daemon's start */
	bool shuffle;     /* clocks, and the start of daemons and checks, are spread by the seed */
	bool hosts_first; /* of two things of one moment a host's deadline is served first */
	uint8_t backlog;  /* packets a host that does not look keeps for later, up to BACKLOG_MAX */
	enum promotion promotion;
	usec_t promote_us;
	uint8_t primary; /* whose service takes writes at the start; SIM_NONE: everybody's does */
	enum need need;
	uint64_t seed;
	uint32_t queue_room, packet_room;
};

/* ---- what is in it ---------------------------------------------------------------------- */

enum power { POWER_OFF, POWER_ON, POWER_PAUSED };
enum daemon_state { DAEMON_NONE, DAEMON_RUNS, DAEMON_HANGS };
enum service_state { SERVICE_UP, SERVICE_DOWN, SERVICE_HUNG };

struct service {
	enum service_state state;
	bool writable;
	uint64_t has; /* eras all rows of which are here, one bit each */
	uint8_t era;  /* of the rows it takes in while it is writable */
};

/* What a kernel was asked to do and has not done yet, or did not do and has not said yet. */
struct kernel_op {
	bool busy, held_up; /* held_up: came due while the host could not take it */
	uint8_t host;
	uint32_t start; /* the daemon that asked */
	uint64_t id;    /* of the action */
	uint32_t instance;
	enum action_kind kind;
	uint16_t first, count; /* addresses; an answer is about |first| */
	uint8_t repeat;
	int err; /* 0: still to be done; else the answer */
};

enum { BACKLOG_MAX = 8, KERNEL_OPS_MAX = 2048 };

struct host {
	const struct host_conf *conf;
	enum power power;
	enum daemon_state daemon;
	struct node node; /* while the daemon is there */
	struct arena arena;
	uint8_t *memory; /* of the node */
	size_t memory_size, memory_used;
	uint32_t starts;   /* of the daemon; what an earlier one asked for is nobody's */
	bool in_order;     /* the daemon is gone because it was asked to, and has let go of all */
	usec_t skew_us;    /* its clock is so much ahead of the world's */
	bool *carrier;     /* by link */
	bool *held;        /* by address of the world */
	usec_t busy_until; /* the kernel is at work */
	uint32_t *unfinished; /* by instance: operations, answers */
	usec_t *refused_at; /* by instance: when it last heard that a removal was refused; 0: never
			     */
	const uint16_t *vips; /* first address of each instance in |vip_ids| */
	const uint16_t *vip_ids;
	uint32_t vip_id_count;
	bool *robbed; /* by place in |vip_ids|: lost while the daemon was not looking */
	struct service service;
	struct probe *probes; /* conf->check_count */
	bool worker_dead;
	uint32_t backlog[BACKLOG_MAX]; /* slots of the net */
	uint8_t backlog_count;
	usec_t deadline; /* of the node as it was when |node_wake| was drawn */
	usec_t node_wake, probe_wake;
	usec_t blocked_at; /* since when it has been paused, hung or off; 0 while it works */
	usec_t woke_at;    /* when it last worked again */
};

/* An address, where it lives and what clients want of it. */
struct world_vip {
	struct addr addr;
	uint8_t lan;
	enum need need;
};

/* One virtual router: the instances of all hosts on one LAN with one VRID. */
struct router {
	uint8_t lan, vrid;
	uint32_t member[SIM_HOSTS_MAX]; /* INSTANCE_NONE: has none */
};

/* One step of a node, for those who look. */
struct stepped {
	uint8_t host;
	usec_t now; /* the host's own clock */
	const struct event *ev;
	uint32_t instance; /* which one the event may move; INSTANCE_NONE: none */
	struct instance before;
	const struct actions *out;
	const struct packet *packet; /* EV_PACKET */
};

struct world;

struct world_hooks {
	void *ctx;
	void (*stepped)(void *ctx, struct world *, const struct stepped *);
	void (*changed)(void *ctx, struct world *); /* after a moment in which something changed */
	void (*marked)(void *ctx, struct world *, uint8_t host, const char *what);
};

struct world {
	const struct world_conf *conf;
	struct arena *arena;
	struct world_hooks hooks;
	struct prng rng;
	usec_t now;
	struct queue queue;
	struct net net;
	struct host hosts[SIM_HOSTS_MAX];
	struct client clients[SIM_CLIENTS_MAX];
	struct world_vip *vips;
	uint16_t vip_count;
	struct router *routers;
	uint32_t router_count;
	struct kernel_op ops[KERNEL_OPS_MAX];
	uint32_t next_op;
	bool touched;      /* since |changed| was last called */
	bool overflow;     /* a table was too small: the run means nothing */
	bool restless;     /* a node wanted one step after another at one moment, without end */
	bool armed;        /* promotion may happen */
	uint64_t accepted; /* eras in which a client's write was taken */
	uint8_t eras;      /* begun so far */
	usec_t lost_at;    /* since when what promotion watches is gone; USEC_NEVER */
	uint32_t losses;   /* how often it was */
	uint64_t steps;    /* of all nodes */
};

/* ---- running ---------------------------------------------------------------------------- */

/* Makes a world in which every host is off. |conf| and |arena| must outlive it. E_NOMEM, or
 * E_RANGE when an instance cannot be. */
int world_init(struct world *, const struct world_conf *conf, const struct world_hooks *hooks,
	       struct arena *arena);
/* Lets time pass until |until|. */
void world_run(struct world *, usec_t until);
/* From now on a lost service is answered by a promotion, as configured. */
void world_arm_promotion(struct world *);

/* ---- disturbing: at the present moment -------------------------------------------------- */

void world_power(struct world *, uint8_t host, bool on);     /* boots, or dies at once */
void world_pause(struct world *, uint8_t host, bool paused); /* the whole virtual machine */
void world_daemon_start(struct world *, uint8_t host);
void world_daemon_kill(struct world *, uint8_t host); /* no last word */
void world_daemon_stop(struct world *, uint8_t host); /* in order; gone when it has let go */
void world_daemon_hang(struct world *, uint8_t host, bool hangs);
void world_worker(struct world *, uint8_t host, bool alive);
void world_carrier(struct world *, uint8_t host, uint16_t link, bool up);
void world_service(struct world *, uint8_t host, enum service_state);
void world_writable(struct world *, uint8_t host, bool writable); /* and a new era if it is */
void world_check_broken(struct world *, uint8_t host, uint16_t check, bool broken);
/* Somebody removes an address, as an operator may, by mistake. */
void world_lose_address(struct world *, uint8_t host, uint32_t instance, uint16_t item);
/* Everything, or only protocol 112, from end |from| to end |to| on every LAN. */
void world_cut(struct world *, uint8_t from, uint8_t to, bool cut);
void world_filter(struct world *, uint8_t from, uint8_t to, bool filtered);
/* Puts a datagram of an attacker's on |lan|: every host gets it. */
void world_inject(struct world *, uint8_t lan, struct bytes datagram);

/* ---- looking ---------------------------------------------------------------------------- */

static inline uint8_t world_client_end(uint8_t client)
{
	return (uint8_t)(SIM_HOSTS_MAX + client);
}
static inline usec_t host_clock(const struct world *w, uint8_t host)
{
	return w->now + w->hosts[host].skew_us;
}
/* True when the host takes part: it has power, is not paused, and its daemon works. */
static inline bool host_works(const struct host *h)
{
	return h->power == POWER_ON && h->daemon == DAEMON_RUNS;
}
/* The state |host| is in as member of the router; VRRP_INIT when its daemon is not there. */
enum vrrp_state host_state(const struct world *, const struct router *, uint8_t host);
/* The instance, or NULL when its daemon is not there. */
const struct instance *host_instance(const struct world *, const struct router *, uint8_t host);
/* True when the kernel of |host| has all addresses of its member of the router. */
bool host_holds(const struct world *, const struct router *, uint8_t host);
/* The address of item |n| of |instance| among those of the world. */
static inline uint16_t host_vip(const struct host *h, uint32_t instance, uint16_t n)
{
	return h->vip_ids[h->vips[instance] + n];
}
/* True when |host| could serve: its service answers, takes writes when those are needed, and it is
 * reachable from the first client. */
bool host_serves(const struct world *, uint8_t host, enum need);
/* True when |host| lacks rows that clients were told are safe. */
bool host_lacks_rows(const struct world *, uint8_t host);

#endif
