#include "io/script.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"

static const char default_user[] = "keepalived_script";
static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

enum { ENTRY_MAX = 65536, LINKS_MAX = 40 };

/* False when |from| is too long; it is cut then. */
static bool copy(char to[SCRIPT_PATH_MAX], const char *from)
{
	struct text t = { .p = to, .cap = SCRIPT_PATH_MAX };

	text_str(&t, from);
	return !t.cut;
}

/* What a name service's error means: not every one of them says "not found" by 0. */
static int lookup_error(int e, int missing)
{
	return e == 0 || e == ENOENT || e == ESRCH ? missing : E_IO;
}

struct identity {
	const char *name;
	uid_t uid;
	gid_t gid;
};

static int find_user(const char *name, struct identity *ret)
{
	char buf[ENTRY_MAX];
	struct passwd pw, *found = NULL;
	int e = getpwnam_r(name, &pw, buf, sizeof(buf), &found);

	if (found == NULL)
		return lookup_error(e, E_INVAL);
	*ret = (struct identity){ name, pw.pw_uid, pw.pw_gid };
	return 0;
}

static int find_group(const char *name, gid_t *ret)
{
	char buf[ENTRY_MAX];
	struct group gr, *found = NULL;
	int e = getgrnam_r(name, &gr, buf, sizeof(buf), &found);

	if (found == NULL)
		return lookup_error(e, E_NOENT);
	*ret = gr.gr_gid;
	return 0;
}

/* The rule for no user named. */
static int find_default(struct identity *ret)
{
	int r = find_user(default_user, ret);

	if (r != E_INVAL)
		return r;
	*ret = (struct identity){ "root", 0, 0 };
	return 0;
}

static void ourselves(struct script_user *u)
{
	*u = (struct script_user){ .uid = geteuid(), .gid = getegid(), .allowed = true };
	u->group_count = getgroups(SCRIPT_GROUPS_MAX, u->groups);
	if (u->group_count < 0)
		u->group_count = 0;
}

int script_user_find(const char *user, const char *group, struct script_user *ret)
{
	struct script_user u = { .group_count = SCRIPT_GROUPS_MAX };
	struct identity who;
	bool root = geteuid() == 0;
	int r;

	if (user == NULL && !root && group == NULL) {
		ourselves(ret);
		return 0;
	}
	if (user == NULL && !root)
		who = (struct identity){ "", geteuid(), getegid() };
	else if ((r = user != NULL ? find_user(user, &who) : find_default(&who)) != 0)
		return r;
	u.uid = who.uid;
	u.gid = who.gid;
	if (group != NULL && (r = find_group(group, &u.gid)) != 0)
		return r;
	if (getgrouplist(who.name, u.gid, u.groups, &u.group_count) < 0)
		return E_FULL;
	u.change = u.uid != geteuid() || u.gid != getegid();
	u.allowed = root || !u.change;
	*ret = u;
	return 0;
}

static bool in_group(const struct script_user *u, gid_t gid)
{
	if (u->gid == gid)
		return true;
	for (int i = 0; i < u->group_count; i++)
		if (u->groups[i] == gid)
			return true;
	return false;
}

/* Execute a file, or search a directory. */
static bool may_execute(const struct stat *st, const struct script_user *u)
{
	if (u->uid == 0)
		return S_ISDIR(st->st_mode) || (st->st_mode & 0111) != 0;
	if (u->uid == st->st_uid)
		return (st->st_mode & S_IXUSR) != 0;
	if (in_group(u, st->st_gid))
		return (st->st_mode & S_IXGRP) != 0;
	return (st->st_mode & S_IXOTH) != 0;
}

/* Whether nobody but root can change what |st| stands for. The mode of a link means nothing. */
static bool only_roots(const struct stat *st)
{
	if (st->st_uid != 0)
		return false;
	if (S_ISLNK(st->st_mode) || (st->st_mode & 022) == 0)
		return true;
	return S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) != 0;
}

/* A path half walked: |done| is free of links and dots, |todo| is what is left of it. */
struct walk {
	const struct script_user *user;
	char done[SCRIPT_PATH_MAX], todo[SCRIPT_PATH_MAX];
	struct stat st; /* of |done| */
	unsigned links;
	bool unsafe;
	char where[SCRIPT_PATH_MAX]; /* the first unsafe component */
};

static void note_unsafe(struct walk *w)
{
	if (w->user->uid != 0 || w->unsafe || only_roots(&w->st))
		return;
	w->unsafe = true;
	copy(w->where, w->done[0] != '\0' ? w->done : "/");
}

static int look(struct walk *w)
{
	if (lstat(w->done[0] != '\0' ? w->done : "/", &w->st) != 0)
		return errno == EACCES ? E_PERM : E_NOENT;
	note_unsafe(w);
	return 0;
}

/* Takes the next component off |todo|. False when there is none. */
static bool take(struct walk *w, char part[SCRIPT_PATH_MAX])
{
	do {
		size_t skip = strspn(w->todo, "/"), len = strcspn(w->todo + skip, "/");

		memcpy(part, w->todo + skip, len);
		part[len] = '\0';
		memmove(w->todo, w->todo + skip + len, strlen(w->todo + skip + len) + 1);
	} while (strcmp(part, ".") == 0);
	return part[0] != '\0';
}

static int leave(struct walk *w)
{
	if (w->done[0] != '\0')
		*strrchr(w->done, '/') = '\0';
	return look(w);
}

/* |done| is a link: goes back to where it stands and puts its target in front of |todo|. */
static int follow(struct walk *w)
{
	char target[SCRIPT_PATH_MAX], rest[SCRIPT_PATH_MAX];
	ssize_t n = readlink(w->done, target, sizeof(target) - 1);
	struct text todo = TEXT(w->todo);

	if (n < 0 || ++w->links > LINKS_MAX)
		return E_NOENT;
	target[n] = '\0';
	copy(rest, w->todo);
	text_str(&todo, target);
	text_char(&todo, '/');
	text_str(&todo, rest);
	if (todo.cut)
		return E_NOENT;
	if (target[0] != '/')
		return leave(w);
	w->done[0] = '\0';
	return look(w);
}

static int enter(struct walk *w, const char *part)
{
	struct text done = { .p = w->done, .len = strlen(w->done), .cap = sizeof(w->done) };
	int r;

	if (!S_ISDIR(w->st.st_mode))
		return E_NOENT;
	if (!may_execute(&w->st, w->user))
		return E_PERM;
	if (strcmp(part, "..") == 0)
		return leave(w);
	text_char(&done, '/');
	text_str(&done, part);
	if (done.cut)
		return E_NOENT;
	r = look(w);
	return r == 0 && S_ISLNK(w->st.st_mode) ? follow(w) : r;
}

int script_check(const char *path, const struct script_user *user, char ret_where[SCRIPT_PATH_MAX])
{
	struct walk w = { .user = user };
	char part[SCRIPT_PATH_MAX];
	int r;

	if (!copy(w.todo, path))
		return E_NOENT;
	r = look(&w);
	while (r == 0 && take(&w, part))
		r = enter(&w, part);
	if (r != 0)
		return r;
	if (!S_ISREG(w.st.st_mode) || !may_execute(&w.st, user))
		return E_PERM;
	if (!w.unsafe)
		return 0;
	copy(ret_where, w.where);
	return E_RANGE;
}

int script_find(const char *name, const struct script_user *user, char ret[SCRIPT_PATH_MAX])
{
	const char *path = getenv("PATH");
	char where[SCRIPT_PATH_MAX];
	int best = E_NOENT;

	if (strchr(name, '/') != NULL)
		return copy(ret, name) ? 0 : E_NOENT;
	if (path == NULL || path[0] == '\0')
		path = default_path;
	while (*path != '\0') {
		size_t len = strcspn(path, ":");
		char one[SCRIPT_PATH_MAX];
		struct text t = TEXT(one);
		int r;

		text_add(&t, path, len);
		text_char(&t, '/');
		text_str(&t, name);
		r = t.cut ? E_NOENT : script_check(one, user, where);
		if (r == 0 || r == E_RANGE) {
			copy(ret, one);
			return 0;
		}
		if (r == E_PERM)
			best = E_PERM;
		path += len + (path[len] == ':');
	}
	return best;
}

int script_path_check(const char *name, const char *user)
{
	char path[SCRIPT_PATH_MAX], where[SCRIPT_PATH_MAX];
	struct script_user u;
	int r;

	r = script_user_find(user, NULL, &u);
	if (r != 0)
		return r;
	r = script_find(name, &u, path);
	if (r != 0)
		return r;
	return script_check(path, &u, where);
}
