/* engine/sockets.h - the VRRP sockets of a generation, one set for each interface that has
 * instances, kept open on whatever kernel interface bears its name.
 *
 * Packets of configured VRIDs wake us and are handed to the owner at once. All the others wait in
 * the kernel and are looked at every ten seconds or when somebody asks for the status: they are
 * counted and named, and cost nothing on the way. */
#ifndef ENGINE_SOCKETS_H
#define ENGINE_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/arena.h"
#include "core/conf.h"
#include "engine/links.h"
#include "io/rawsock.h"

/* Whoever uses them. */
struct sockets_owner {
	void *ctx;
	/* A packet came in on |link| at |arrived|, a moment ago. */
	void (*packet)(void *ctx, uint16_t link, usec_t arrived, struct bytes datagram);
	/* No more packets for now. */
	void (*quiet)(void *ctx);
};

/* What was heard of a VRID that is not configured. */
struct stray {
	uint64_t packets;
	struct addr source; /* of the newest */
	usec_t at;          /* when the newest was looked at */
	uint8_t priority;
};

/* One kind of packet on one interface. */
struct channel {
	struct link_sockets *on;
	enum rawsock_kind kind;
	uint32_t instances;   /* that hear here; 0: no sockets needed */
	struct vrid_set ours; /* their VRIDs */
	int receiver, stray;
	sd_event_source *source;
	uint64_t lost;        /* packets the kernel had no room for, on sockets closed since */
	uint64_t nameless;    /* packets too short to carry a VRID */
	struct stray *strays; /* 256, by VRID; from the heap, NULL: none heard */
};

struct link_sockets {
	struct sockets *all;
	uint16_t link;
	uint32_t instances; /* that send and hear here; 0: no sockets needed */
	int ifindex;        /* the sockets are bound to; 0: closed */
	struct channel channels[RAWSOCK_KINDS];
	int sender4, sender6;
	int err, err6; /* why those of IPv4 or IPv6 could not be opened; 0: they are, or need not be
			*/
};

struct sockets {
	const struct node_conf *conf; /* borrowed */
	struct link_sockets *list;    /* by link */
	uint16_t count;
	sd_event *event; /* borrowed */
	const struct sockets_owner *owner;
	struct rawsock_batch *batch;
};

/* Prepares for |conf|; nothing is opened. |event| may be NULL: then nobody is woken and
 * sockets_drain() has to be called. E_NOMEM. */
int sockets_init(struct sockets *, const struct node_conf *conf, sd_event *event,
		 const struct sockets_owner *owner, struct arena *);
/* Closes all. */
void sockets_done(struct sockets *);

/* Opens, closes or opens anew what |link| needs, as |state| says. Returns 0 when adverts can be
 * sent and heard there now or no instance needs it, else why not. What is missing of IPv6 alone is
 * told by sockets_six() only: the instances of IPv4 can go on. */
int sockets_follow(struct sockets *, uint16_t link, const struct link *state);

/* Whether adverts over IPv6 can be sent and heard on |link|. */
static inline bool sockets_six(const struct sockets *s, uint16_t link)
{
	return s->list[link].sender6 >= 0;
}

/* Sends |datagram| on |link|. E_NODEV: no socket there. */
int sockets_send(struct sockets *, uint16_t link, struct bytes datagram);

/* Hands over all that waits in the receiving sockets now, without a |quiet| at the end. */
void sockets_drain(struct sockets *);
/* Counts what waits in the stray sockets and hands it to the owner to be counted there. */
void sockets_drain_strays(struct sockets *, usec_t now);

/* Packets of configured VRIDs the kernel had no room for; packets too short to carry a VRID. */
uint64_t sockets_nameless(const struct sockets *, uint16_t link);
uint64_t sockets_lost(const struct sockets *, uint16_t link);

#endif
