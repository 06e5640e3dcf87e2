/* buoy/conffile.h - configurations as the commands about them need them: check, fmt, diff. */
#ifndef BUOY_CONFFILE_H
#define BUOY_CONFFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "conf/load.h"

struct conffile {
	const char *path, *config_id; /* the second may be NULL: the name of this host */
	struct arena arena;
	struct diags diags;
	const struct model *model; /* NULL: there are errors */
	int err;                   /* of conf_load() */
};

/* Reads f->path; with |here| its interfaces and scripts must be those of this host, else they are
 * not looked at, as the file is another host's. What is wrong is in f->diags and f->err. Release
 * with conffile_done() in any case. */
void conffile_load(struct conffile *f, bool here);
void conffile_done(struct conffile *f);

/* Complaints as lines for people, without advice if |grave| is set. */
void conffile_print(FILE *out, const struct diags *, bool grave);
/* Says why |f| has no model, if it has none and the complaints do not say it. */
void conffile_print_err(FILE *out, const struct conffile *f);

/* The canonical print of f->model, for the caller to free; NULL without memory. */
char *conffile_text(const struct conffile *f);

/* Takes "-i ID" or "--config-id ID" at argv[*at] apart: true when that was it, and |*at| is moved
 * on to its last word. */
bool conffile_flag(char **argv, int *at, const char **ret_id);

#endif
