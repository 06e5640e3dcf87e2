/* conf/resolve.h - the draft to a model: names are looked up, defaults put in, contradictions
 * found.
 *
 * Complains into r->complaints; what it returns is worth something only when there was no error. */
#ifndef CONF_RESOLVE_H
#define CONF_RESOLVE_H

#include "conf/model.h"
#include "conf/reader.h"

enum { PEERS_MAX = 1024 };

struct resolver {
	struct reader *r;
	struct model *model;
	struct names tracked[TRACKED_KINDS], links, instances;
	struct names commands;          /* "path\nuser" asked about already */
	const struct word **tracked_at; /* names of all checks, by number */
	const struct draft_instance **instance_drafts;
	uint32_t *seen_links,
		*seen_checks; /* number of the instance that tracked it last, from 1 */
	struct map vrids;
};

/* The model of r->draft, in r->arena; NULL without memory. */
const struct model *resolve_draft(struct reader *r);

/* The rest is between resolve.c and resolve_instance.c. */

/* The number of the interface |w|; asks the host about a name once. */
uint16_t resolve_link(struct resolver *, const struct word *w);
/* Whether |c| can be run. |user| is the check's own or NULL. */
void resolve_command(struct resolver *, const struct draft_command *c, const struct word *user,
		     const struct word *group, struct script_conf *ret);
/* Fills the checks of the model, of all kinds. */
void resolve_tracked(struct resolver *);
/* Fills the lists of |ret| with what |d| tracks. |own|: the instance's interface, not to be tracked
 * by name, or NULL. |stamp| is this call's and no other's. */
void resolve_tracks(struct resolver *, const struct draft_tracking *d, const uint16_t *own,
		    uint32_t stamp, struct instance_conf *ret);
/* Fills the sync groups of the model, and what members share into |instances|;
 * |more| of them learns its group. */
void resolve_groups(struct resolver *, struct instance_conf *instances, struct instance_more *more);
/* The routes and rules of |d|, into |ret_list| and |ret_what|; |own| is the instance's interface,
 * or LINK_NONE. Returns how many. */
uint16_t resolve_routes(struct resolver *, const struct draft_instance *d, uint16_t own,
			const struct route_conf **ret_list, const struct routing **ret_what);
/* How many times |d| names an interface in its routes. */
uint32_t resolve_count_devs(const struct draft_instance *d);
/* Fills the static addresses, routes and rules of the model. */
void resolve_statics(struct resolver *);
/* Appends |v| to the |*n| of |vips|; without a |dev| it goes to |own_link|. */
void resolve_vip(struct resolver *, const struct draft_vip *v, uint16_t own_link,
		 struct vip_conf *vips, uint16_t *n);
/* The line that is read as |what|; |links| are names by number. */
void routing_print(struct text *, const struct routing *what, const struct names *links,
		   bool no_track);
/* Fills the instances of the model, and its groups. */
void resolve_instances(struct resolver *);
/* "line 5", or with its file when that is not |here|'s. */
struct shown resolve_place(const struct word *w, const struct word *here);

#endif
