/* conf/load.h - from a file to a model, or to complaints.
 *
 * lex -> statements -> keys (tables) -> model -> references -> validation. Nothing is started on
 * half a configuration: with one error there is no model. conf/ touches no file itself; what it has
 * to ask the host it asks through struct conf_host. */
#ifndef CONF_LOAD_H
#define CONF_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/text.h"
#include "conf/model.h"

/* The host's answers. A test gives its own. */
struct conf_host {
	void *ctx;
	/* Reads a whole file into |arena|. 0, E_NOENT, E_PERM or E_IO. */
	int (*read)(void *ctx, const char *path, struct arena *arena, struct bytes *ret);
	/* True when the interface exists now. */
	bool (*has_link)(void *ctx, const char *name);
	/* Whether argv[0] of a script can be run, as |user|; 0, E_NOENT (not there), E_PERM (not
	 * executable), E_INVAL (no such user), or E_RANGE (a path component can be written by
	 * others than root while the script would run as root). */
	int (*script)(void *ctx, const char *path, const char *user);

	/* What follows may be NULL: then it is not to be had here. */

	/* The names in a folder, except . and .., in any order. Same errors as read(). */
	int (*list)(void *ctx, const char *path, struct arena *arena, const char ***ret_names,
		    uint32_t *ret_count);
	/* A variable of the environment; NULL: there is none. */
	const char *(*env)(void *ctx, const char *name);
	uint64_t (*random)(void *ctx);
	/* True when others than the owner and the group may read the file. */
	bool (*exposed)(void *ctx, const char *path);
	const char *config_id; /* for @id and ${_INSTANCE} */
	const char *cwd;       /* the working directory, for ${_PWD} */
};

/* Advice is about what keepalived takes without a word, and does not count in the exit code. */
enum diag_grade { DIAG_ERROR, DIAG_WARNING, DIAG_ADVICE };

/* One complaint. A fault is told once, where it stands. */
struct diag {
	const struct diag *next; /* in the order of the file */
	const char *code;        /* "E102", stable: documented in buoyd.conf(5) */
	const char *file;
	const char *text;      /* what is wrong and what would be right; names the offending text */
	const char *line_text; /* the line, for the caret */
	uint32_t line, column; /* from 1, column counts bytes; line 0: the file as a whole */
	uint32_t length;       /* of the offending text; 0: unknown */
	enum diag_grade grade;
	bool security; /* about script security: keepalived's exit code 6 */
	bool fatal;    /* a keyword without its value: keepalived's exit code 2 */
	bool quiet;    /* keepalived says it too, but does not count it in its exit code */
};

struct diags {
	const struct diag *first;
	uint32_t errors, warnings, advice;
};

/* Loads |path| and all it needs into |arena|. Returns 0 and the model when there is no error;
 * E_SYNTAX when there are errors (then |*ret_model| is NULL); E_NOENT, E_PERM or E_IO when the file
 * cannot be read; E_NOMEM. |*ret_diags| is always written and holds warnings even on success. */
int conf_load(const struct conf_host *, const char *path, struct arena *, struct diags *ret_diags,
	      const struct model **ret_model);

/* keepalived's -t exit code for what was found: 0 nothing said, 2 a keyword lacks its value, 5
 * anything said, 6 script security too (it hides 5). |err| is what conf_load() returned. */
int conf_exit_code(const struct diags *, int err);

/* "error", "warning" or "advice". */
const char *diag_grade_text(enum diag_grade);

/* "file:line:col: error: text [code]", the line and a caret below it. */
void diag_render(struct text *, const struct diag *);

/* The complaint as one JSON object. */
void diag_json(struct text *, const struct diag *);

/* The whole model as canonical configuration text. Reading that again gives the same model. */
void conf_print(struct text *, const struct model *);

#endif
