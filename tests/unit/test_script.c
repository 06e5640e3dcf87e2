/* Whether a script may run, and as whom, asked of real files in a directory of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "io/script.h"

static char dir[64];
static char where[SCRIPT_PATH_MAX];

static const struct script_user root = { .allowed = true };
static const struct script_user other = { .uid = 65534, .gid = 65534, .change = true };

static const char *in_dir(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *p = paths[next++ % 4];

	snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
	return p;
}

static void write_file(const char *name, mode_t mode)
{
	FILE *f = fopen(in_dir(name), "we");

	assert_non_null(f);
	fputs("#!/bin/sh\n", f);
	fclose(f);
	assert_int_equal(chmod(in_dir(name), mode), 0);
}

static void make_dir(const char *name, mode_t mode)
{
	assert_int_equal(mkdir(in_dir(name), 0755), 0);
	assert_int_equal(chmod(in_dir(name), mode), 0);
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/buoy-script-XXXXXX");
	return mkdtemp(dir) != NULL && chmod(dir, 0755) == 0 ? 0 : -1;
}

/* What the cases make, deepest first. */
static int teardown(void **state)
{
	static const char *const names[] = { "in/a",     "in/b", "open/a", "open/link",
					     "sticky/a", "a",    "b",      "link",
					     "loop",     "in",   "open",   "sticky" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)remove(in_dir(names[i]));
	return rmdir(dir);
}

/* Who owns what we make decides what root's rule says of it. */
static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void a_program_of_the_system_can_be_run(void **state)
{
	(void)state;
	assert_int_equal(script_check("/bin/sh", &root, where), 0);
	assert_int_equal(script_check("/bin/sh", &other, where), 0);
	assert_int_equal(script_path_check("/bin/sh", NULL), 0);
	assert_int_equal(script_path_check("sh", NULL), 0);
}

static void what_is_not_there_or_not_executable_is_told_apart(void **state)
{
	(void)state;
	write_file("a", 0644);
	assert_int_equal(script_check(in_dir("missing"), &root, where), E_NOENT);
	assert_int_equal(script_check(in_dir("a/b"), &root, where), E_NOENT);
	assert_int_equal(script_check(in_dir("a"), &root, where), E_PERM);
	assert_int_equal(script_check(dir, &root, where), E_PERM);
	assert_int_equal(script_check("", &root, where), E_PERM);
	assert_int_equal(script_path_check(in_dir("missing"), NULL), E_NOENT);
	assert_int_equal(script_path_check("no-such-program-anywhere", NULL), E_NOENT);
}

static void another_user_needs_its_own_right_to_execute(void **state)
{
	struct script_user member = other;

	(void)state;
	need_root();
	make_dir("in", 0755);
	write_file("in/a", 0700);
	assert_int_equal(script_check(in_dir("in/a"), &root, where), 0);
	assert_int_equal(script_check(in_dir("in/a"), &other, where), E_PERM);
	assert_int_equal(chmod(in_dir("in/a"), 0710), 0);
	member.groups[member.group_count++] = 0;
	assert_int_equal(script_check(in_dir("in/a"), &other, where), E_PERM);
	assert_int_equal(script_check(in_dir("in/a"), &member, where), 0);
	assert_int_equal(chmod(in_dir("in/a"), 0755), 0);
	assert_int_equal(script_check(in_dir("in/a"), &other, where), 0);
	assert_int_equal(chmod(in_dir("in"), 0700), 0);
	assert_int_equal(script_check(in_dir("in/a"), &other, where), E_PERM);
}

static void a_file_that_others_can_write_is_not_for_root(void **state)
{
	static const mode_t modes[] = { 0775, 0757, 0777 };

	(void)state;
	need_root();
	write_file("a", 0755);
	assert_int_equal(script_check(in_dir("a"), &root, where), 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(in_dir("a"), modes[i]), 0);
		assert_int_equal(script_check(in_dir("a"), &root, where), E_RANGE);
		assert_string_equal(where, in_dir("a"));
		assert_int_equal(script_check(in_dir("a"), &other, where), 0);
	}
	assert_int_equal(script_path_check(in_dir("a"), "root"), E_RANGE);
}

static void a_file_of_another_owner_is_not_for_root(void **state)
{
	(void)state;
	need_root();
	write_file("a", 0755);
	assert_int_equal(chown(in_dir("a"), 65534, 65534), 0);
	assert_int_equal(script_check(in_dir("a"), &root, where), E_RANGE);
	assert_int_equal(script_check(in_dir("a"), &other, where), 0);
}

static void a_directory_above_that_others_can_write_is_named(void **state)
{
	(void)state;
	need_root();
	make_dir("open", 0777);
	write_file("open/a", 0755);
	assert_int_equal(script_check(in_dir("open/a"), &root, where), E_RANGE);
	assert_string_equal(where, in_dir("open"));
	assert_int_equal(script_check(in_dir("open/../open/./a"), &root, where), E_RANGE);
	assert_int_equal(script_check(in_dir("open//a"), &other, where), 0);
}

/* /tmp itself is one: without that no case here could succeed. */
static void a_sticky_directory_is_allowed(void **state)
{
	(void)state;
	need_root();
	make_dir("sticky", 01777);
	write_file("sticky/a", 0755);
	assert_int_equal(script_check(in_dir("sticky/a"), &root, where), 0);
}

static void a_link_is_followed_and_all_it_points_through_is_judged(void **state)
{
	(void)state;
	need_root();
	make_dir("in", 0755);
	make_dir("open", 0777);
	write_file("in/a", 0755);
	assert_int_equal(symlink("in/a", in_dir("link")), 0);
	assert_int_equal(script_check(in_dir("link"), &root, where), 0);

	/* A safe target behind a link that anybody could point elsewhere. */
	assert_int_equal(symlink("../in/a", in_dir("open/link")), 0);
	assert_int_equal(script_check(in_dir("open/link"), &root, where), E_RANGE);
	assert_string_equal(where, in_dir("open"));

	/* Two links, the second one in an open directory. */
	assert_int_equal(unlink(in_dir("link")), 0);
	assert_int_equal(symlink(in_dir("open/link"), in_dir("link")), 0);
	assert_int_equal(script_check(in_dir("link"), &root, where), E_RANGE);
	assert_string_equal(where, in_dir("open"));
	assert_int_equal(script_check(in_dir("link"), &other, where), 0);
}

static void a_link_of_another_owner_is_not_for_root(void **state)
{
	(void)state;
	need_root();
	write_file("a", 0755);
	assert_int_equal(symlink(in_dir("a"), in_dir("link")), 0);
	assert_int_equal(lchown(in_dir("link"), 65534, 65534), 0);
	assert_int_equal(script_check(in_dir("link"), &root, where), E_RANGE);
	assert_string_equal(where, in_dir("link"));
}

static void links_in_a_circle_lead_nowhere(void **state)
{
	(void)state;
	assert_int_equal(symlink("loop", in_dir("loop")), 0);
	assert_int_equal(script_check(in_dir("loop"), &root, where), E_NOENT);
}

static void a_path_too_long_leads_nowhere(void **state)
{
	static char path[2 * SCRIPT_PATH_MAX];

	(void)state;
	memset(path, '/', sizeof(path) - 8);
	strcat(path, "bin/sh");
	assert_int_equal(script_check(path, &root, where), E_NOENT);
	assert_int_equal(script_path_check(path, NULL), E_NOENT);
}

static void a_bare_name_is_looked_for_on_path(void **state)
{
	char found[SCRIPT_PATH_MAX], path[256];

	(void)state;
	write_file("a", 0755);
	write_file("b", 0644);
	snprintf(path, sizeof(path), "/nonexistent::%s:/bin", dir);
	assert_int_equal(setenv("PATH", path, 1), 0);
	assert_int_equal(script_find("a", &root, found), 0);
	assert_string_equal(found, in_dir("a"));
	assert_int_equal(script_find("b", &root, found), E_PERM);
	assert_int_equal(script_find("c", &root, found), E_NOENT);
	assert_int_equal(script_find("sh", &root, found), 0);
	assert_string_equal(found, "/bin/sh");
	assert_int_equal(script_find("./a", &root, found), 0);
	assert_string_equal(found, "./a");
	assert_int_equal(unsetenv("PATH"), 0);
	assert_int_equal(script_find("sh", &root, found), 0);
}

static void users_and_groups_are_looked_up(void **state)
{
	struct script_user u;

	(void)state;
	assert_int_equal(script_user_find("nobody", NULL, &u), 0);
	assert_int_equal(u.uid, 65534);
	assert_true(u.change);
	assert_int_equal(u.allowed, geteuid() == 0);
	assert_int_equal(script_user_find("nobody", "daemon", &u), 0);
	assert_int_equal(u.gid, 1);
	assert_int_equal(script_user_find("no-such-user", NULL, &u), E_INVAL);
	assert_int_equal(script_user_find("nobody", "no-such-group", &u), E_NOENT);
	assert_int_equal(script_path_check("/bin/sh", "no-such-user"), E_INVAL);
}

static void with_no_user_named_it_is_the_default_of_keepalived(void **state)
{
	struct script_user u, named;

	(void)state;
	need_root();
	assert_int_equal(script_user_find(NULL, NULL, &u), 0);
	assert_true(u.allowed);
	if (script_user_find("keepalived_script", NULL, &named) == 0) {
		assert_int_equal(u.uid, named.uid);
		return;
	}
	assert_int_equal(u.uid, 0);
	assert_int_equal(u.gid, 0);
	assert_false(u.change);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_program_of_the_system_can_be_run),
		CASE(what_is_not_there_or_not_executable_is_told_apart),
		CASE(another_user_needs_its_own_right_to_execute),
		CASE(a_file_that_others_can_write_is_not_for_root),
		CASE(a_file_of_another_owner_is_not_for_root),
		CASE(a_directory_above_that_others_can_write_is_named),
		CASE(a_sticky_directory_is_allowed),
		CASE(a_link_is_followed_and_all_it_points_through_is_judged),
		CASE(a_link_of_another_owner_is_not_for_root),
		CASE(links_in_a_circle_lead_nowhere),
		CASE(a_path_too_long_leads_nowhere),
		CASE(a_bare_name_is_looked_for_on_path),
		CASE(users_and_groups_are_looked_up),
		CASE(with_no_user_named_it_is_the_default_of_keepalived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
