#include "conf/apply.h"

#include <string.h>

#include "base/err.h"
#include "conf/shell.h"

/* Commands, and the users they run as. */

static bool is_user(const struct word *w)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-$@\\";

	return w->len > 0 && w->len < 256 && w->s[0] != '-' && strspn(w->s, allowed) == w->len;
}

/* The user and the group in the words |from| and after it of |s|. */
static void take_user(struct reader *r, const struct statement *s, uint32_t from,
		      const struct word **ret_user, const struct word **ret_group)
{
	for (uint32_t i = from; i < s->count && i < from + 2; i++) {
		if (is_user(&s->words[i]))
			continue;
		complain(&r->complaints, D_USER, &s->words[i],
			 "'%s' cannot be the name of a user or a group", shown(&s->words[i]).s);
		return;
	}
	apply_no_more(r, s, from + 2,
		      from == 1 ? "a user and a group" : "a command, a user and a group");
	if (s->count > from)
		*ret_user = &s->words[from];
	if (s->count > from + 1)
		*ret_group = &s->words[from + 1];
}

void read_user(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	struct setting *to = (struct setting *)(void *)((char *)draft + key->offset);
	const struct word *user = NULL, *group = NULL;

	if (s->count < 2) {
		(void)apply_value(r, key, s);
		return;
	}
	apply_again(r, to, s);
	take_user(r, s, 1, &user, &group);
	to[0].at = user; /* the group's setting follows the user's in both drafts */
	to[1].at = group;
}

/* The command in the second word of |s|. */
static bool take_command(struct reader *r, const struct key *key, const struct statement *s,
			 struct draft_command *ret)
{
	const struct word *w = &s->words[1];
	struct draft_command c = { .at = w };
	int err;

	ret->at = &s->words[0];
	if (s->count < 2) {
		(void)apply_value(r, key, s);
		return false;
	}
	if (r->draft.security == NULL)
		r->draft.security = w;
	err = shell_split(r->arena, w->s, &c.argv);
	if (err == E_SYNTAX) {
		complain(&r->complaints, D_COMMAND, w,
			 w->s[strspn(w->s, " \t")] == '\0'
				 ? "the command of '%s' is empty"
				 : "a quote within the command of '%s' is not closed, or an escape "
				   "gives a NUL byte",
			 key->name);
		return false;
	}
	if (err == 0)
		c.text = shell_text(r->arena, c.argv);
	if (complaints_need(&r->complaints, (void *)(uintptr_t)c.text) == NULL)
		return false;
	if (c.argv[0][0] == '<') {
		complain(&r->complaints, D_LATER, w,
			 "a check whether a file exists ('%s') is something buoy does not have yet",
			 shown(w).s);
		return false;
	}
	*ret = c;
	return true;
}

void read_script(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	struct draft_check *c = draft;

	apply_again(r, &(struct setting){ .at = c->script.at }, s);
	if (!take_command(r, key, s, &c->script) || s->count < 3)
		return;
	complain(&r->complaints, D_EXTRA, &s->words[2],
		 "'%s' is not part of the command, which ends before it: put the whole command "
		 "into one pair of quotes",
		 shown(&s->words[2]).s);
}

void read_notify(struct reader *r, void *draft, const struct key *key, const struct statement *s)
{
	struct draft_command *to = (struct draft_command *)(void *)((char *)draft + key->offset);

	if (to->at != NULL) {
		complain(&r->complaints, D_NOTIFY_AGAIN, &s->words[0],
			 "'%s' has been given in line %u already; the first one counts", key->name,
			 to->at->line);
		return;
	}
	if (take_command(r, key, s, to))
		take_user(r, s, 2, &to->user, &to->group);
}
