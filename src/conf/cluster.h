/* conf/cluster.h - whether the nodes of one cluster fit together.
 *
 * Each node has its file; what one says the others must be able to take. For `buoy check` with
 * several files. */
#ifndef CONF_CLUSTER_H
#define CONF_CLUSTER_H

#include "conf/load.h"

/* What is to be said about the file of |models[which]|, held against those before it, or against
 * all for what concerns them together. Each model stands for a node. E_NOMEM. */
int cluster_check(struct arena *, const struct model *const *models, uint32_t count, uint32_t which,
		  struct diags *ret);

#endif
