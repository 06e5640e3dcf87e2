/* engine/generation.h - one configuration in force, with all that was made for it.
 *
 * A reload makes a new generation beside the old one, moves over what may go on, and throws the old
 * one away whole. */
#ifndef ENGINE_GENERATION_H
#define ENGINE_GENERATION_H

#include "base/arena.h"
#include "conf/load.h"
#include "conf/model.h"
#include "core/node.h"
#include "engine/checks.h"
#include "engine/effects.h"
#include "engine/files.h"
#include "engine/links.h"
#include "engine/routes.h"
#include "engine/sockets.h"
#include "engine/statics.h"

/* What the core was last told of an interface. */
struct link_told {
	struct addr source, source6;
	bool told, up;
};

struct generation {
	struct arena arena;
	const struct model *model;
	struct node_conf conf; /* the model's, with what only the engine has */
	struct node node;
	struct links links;
	struct sockets sockets;
	struct checks checks;
	struct files files;
	struct routes routes;
	struct statics statics;
	struct link_told *told; /* by link */
	struct stage stage;
	uint64_t number; /* from 1 */
};

/* Reads |path| and makes a generation of it, nothing of which is opened or started. Complaints go
 * to the log; with errors there is no generation. E_SYNTAX, E_NOENT, E_PERM, E_IO, E_NOMEM. */
int generation_load(const struct conf_host *, const char *path, sd_event *event,
		    const struct sockets_owner *owner, struct generation **ret);
void generation_free(struct generation *);

/* Reads what interfaces and addresses the kernel has, from scratch. E_AGAIN, E_NOBUFS, ... */
int generation_read_kernel(struct generation *);
/* Takes in what |monitor| has heard; reads from scratch when something was missed. 0: what is known
 * is what is; 1: |monitor| has more to tell; E_*. */
int generation_hear_kernel(struct generation *, int monitor);

#endif
