/* io/script.h - as whom a script runs, and whether it may.
 *
 * A script that runs as root is as dangerous as the weakest directory above it: who can write there
 * is root. keepalived's rule is kept: every component of the path, symbolic links and what they
 * point through included, belongs to root and is written by nobody else; sticky directories are
 * allowed. Asked by conf/ when a configuration is read, and by the worker before every run. */
#ifndef IO_SCRIPT_H
#define IO_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SCRIPT_GROUPS_MAX = 256, SCRIPT_PATH_MAX = 4096 };

/* Somebody a script can run as. */
struct script_user {
	uid_t uid;
	gid_t gid;
	gid_t groups[SCRIPT_GROUPS_MAX]; /* all of them, |gid| among them */
	int group_count;
	bool change;  /* false: we are that user already */
	bool allowed; /* false: we are not root and cannot become that user */
};

/* Looks |user| and |group| up; it may block as the host's name service does. |user| NULL is, when
 * we are root, keepalived_script if there is one, else root; when we are not, ourselves. |group|
 * NULL is the user's own. E_INVAL: no such user; E_NOENT: no such group; E_FULL: too many groups;
 * E_IO: the name service does not answer. */
int script_user_find(const char *user, const char *group, struct script_user *ret);

/* Where |name| is: itself when it has a slash, else the first program |user| may execute on PATH.
 * 0, E_NOENT, or E_PERM: all that was found is not executable. */
int script_find(const char *name, const struct script_user *user, char ret[SCRIPT_PATH_MAX]);

/* Whether |user| can run the program at |path|. 0, E_NOENT, E_PERM, or E_RANGE: it would run as
 * root and others than root can write to |ret_where|, a component of its path. */
int script_check(const char *path, const struct script_user *user, char ret_where[SCRIPT_PATH_MAX]);

/* All of the above for struct conf_host of conf/load.h: can argv[0] |name| be run as |user|? 0,
 * E_NOENT, E_PERM, E_INVAL, E_RANGE; and E_IO or E_FULL when |user| cannot be looked up. */
int script_path_check(const char *name, const char *user);

#endif
