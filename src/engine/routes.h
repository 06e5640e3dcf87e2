/* engine/routes.h - the routes and rules of a generation's instances as the kernel has them now.
 *
 * Fed with what io/route.h hears, as engine/links.h is with addresses: piece by piece, or as a
 * whole between routes_begin() and routes_end(). It opens nothing and asks nobody. */
#ifndef ENGINE_ROUTES_H
#define ENGINE_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "conf/model.h"
#include "io/route.h"

struct kept_route {
	const struct routing *what; /* the model's */
	uint32_t instance;
	uint16_t item; /* which of the routes of |instance| */
	bool present, seen;
	bool lost; /* was there, until routes_take_lost() says so */
};

struct routes {
	struct kept_route *list;
	uint32_t count;
	uint8_t proto; /* all of them belong to it; 0: to several */
	bool any_lost;
};

/* None of them is there yet. E_NOMEM. */
int routes_init(struct routes *, const struct model *, struct arena *);
/* Everything is told from here ... to here. */
void routes_begin(struct routes *);
void routes_end(struct routes *);
void routes_hear(struct routes *, const struct route_report *);
/* Takes the mark off one that was there and is not any more, whoever has removed it; false when
 * there is none. */
bool routes_take_lost(struct routes *, uint32_t *ret_instance, uint16_t *ret_item);
/* True when the kernel has it. */
bool routes_present(const struct routes *, uint32_t instance, uint16_t item);

#endif
