/* engine/links.h - the interfaces of the configuration as the kernel has them now.
 *
 * A table fed with what io/netlink.h hears, either piece by piece or as a whole (between
 * links_begin() and links_end() everything that is not told is gone). It opens nothing and asks
 * nobody, so it is tested without a kernel. Interfaces are known by name: one that goes away and
 * comes back under the same name is the same, whatever its number. */
#ifndef ENGINE_LINKS_H
#define ENGINE_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "core/conf.h"
#include "io/netlink.h"

/* An address of an interface that is none of our virtual ones; IPv6: link-local ones only. */
struct link_addr {
	struct addr addr;
	uint8_t prefix;
	bool secondary;
	bool unusable; /* IPv6: tentative, or found to be somebody else's as well */
	bool seen;
};

struct link {
	const char *name; /* borrowed from the configuration */
	int ifindex;      /* 0: the interface is not there */
	uint32_t flags;   /* IFF_* */
	uint16_t type;    /* ARPHRD_* */
	uint8_t mac[MAC_LEN];
	bool has_mac;
	struct addr source;      /* primary address adverts leave from; ADDR_NONE: none */
	struct addr source6;     /* the same over IPv6, link-local */
	struct link_addr *addrs; /* ours, from the heap, in the kernel's order */
	uint32_t addr_count, addr_room;
	bool changed; /* since links_take_changed() */
	bool seen;    /* told since links_begin() */
};

/* A virtual address on its interface. */
struct link_vip {
	struct addr addr;
	uint16_t link;
	uint8_t prefix;
	bool present, seen;
	bool lost; /* was there, until links_take_lost() says so */
	uint32_t instance;
	uint16_t item; /* which of the addresses of |instance| */
};

struct link_name {
	const char *name;
	uint16_t link;
};

struct links {
	struct link *list; /* in the order of the configuration */
	uint16_t count;
	struct link_name *by_name; /* sorted */
	struct map by_ifindex;
	struct map_slot *slots;
	uint32_t slot_count;
	struct link_vip *vips; /* sorted by address, then by link */
	uint32_t vip_count;
	bool any_lost;
	bool dumping;
	bool incomplete; /* an interface has appeared whose addresses we were not told */
};

/* Makes the table of |conf|'s interfaces, none of them there yet. E_NOMEM. */
int links_init(struct links *, const struct node_conf *conf, struct arena *);
void links_done(struct links *);

/* Everything is told from here ... to here. */
void links_begin(struct links *);
void links_end(struct links *);
/* One interface, one address. Those that do not concern the configuration are passed over. */
void links_hear_link(struct links *, const struct netlink_link *);
void links_hear_addr(struct links *, const struct netlink_addr *);

/* Takes the mark off one interface whose state or source has changed; false when there is none. */
bool links_take_changed(struct links *, uint16_t *ret_link);

/* Takes the mark off one virtual address that was there and is not any more, whoever has removed
 * it; false when there is none. */
bool links_take_lost(struct links *, uint32_t *ret_instance, uint16_t *ret_item);

/* True when adverts can be sent and heard as far as the kernel's state goes. */
static inline bool link_is_up(const struct link *l)
{
	return l->ifindex > 0 && (l->flags & IFF_UP) && (l->flags & IFF_RUNNING);
}

/* True when the kernel has |addr| on interface |link|, for one of our virtual addresses. */
bool links_vip_present(const struct links *, uint16_t link, const struct addr *addr);

#endif
