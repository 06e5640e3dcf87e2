/* conf/shell.h - commands: quoting and escapes as a shell has them, but no shell.
 *
 * A value that is a command ("script", "notify_master", ...) is unquoted twice, as keepalived does
 * it: once as a word of the configuration, once when it is taken apart into arguments. Both " and '
 * quote; a backslash escapes within both: \a \b \E \f \n \r \t \v, \nnn octal, \xXX, \cC; before
 * anything else it stands for that. */
#ifndef CONF_SHELL_H
#define CONF_SHELL_H

#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

/* Reads one escape whose backslash stands before |p|. Returns where it ends. */
const char *shell_escape(const char *p, const char *end, char *ret);

/* Takes |s| apart into |*ret_argv|, ended by NULL, at least one word. E_SYNTAX: a quote is not
 * closed, an escape gives a NUL byte, or there is no word. E_NOMEM. */
int shell_split(struct arena *, const char *s, const char *const **ret_argv);

/* Writes |argv| so that shell_split() gives it back. */
void shell_join(struct text *, const char *const *argv);

/* |argv| joined, in the arena; NULL without memory. */
const char *shell_text(struct arena *, const char *const *argv);

#endif
