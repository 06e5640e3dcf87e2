/* What `buoy check` says about several nodes and `buoy diff` about two configurations; which files
 * an include means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "conf/cluster.h"
#include "conf/diff.h"
#include "conf/glob.h"
#include "conf/load.h"

#include "heap_arena.h"

enum { NODES = 3 };

static int host_read(void *ctx, const char *path, struct arena *arena, struct bytes *ret)
{
	const char *const *texts = ctx, *text = texts[path[0] - '0'];

	*ret = (struct bytes){ arena_dup(arena, text, strlen(text)), strlen(text) };
	return ret->p != NULL ? 0 : E_NOMEM;
}

static bool host_has_link(void *ctx, const char *name)
{
	(void)ctx, (void)name;
	return true;
}

static int host_script(void *ctx, const char *path, const char *user)
{
	(void)ctx, (void)path, (void)user;
	return 0;
}

static const struct model *load(struct arena *arena, const char *const *texts, const char *name)
{
	struct conf_host host = { (void *)(uintptr_t)texts, host_read, host_has_link, host_script };
	const struct model *m = NULL;
	struct diags d;

	assert_int_equal(conf_load(&host, name, arena, &d, &m), 0);
	return m;
}

#define NODE(more)                                                                                 \
	"vrrp_instance db {\n	interface eth0\n	virtual_router_id 51\n" more               \
	"	virtual_ipaddress {\n		192.0.2.1\n	}\n}\n"
#define CHECK(weight)                                                                              \
	"global_defs {\n	enable_script_security\n}\n"                                              \
	"vrrp_script c {\n	script /bin/true\n	weight " weight "\n}\n"
#define TRACK "	track_script {\n		c\n	}\n"

/* The codes of all that is said about |texts|, in order, separated by blanks. */
static const char *codes(const char *const *texts, uint32_t count, char *buf, size_t size)
{
	static const char *const names[NODES] = { "0.conf", "1.conf", "2.conf" };
	const struct model *models[NODES];
	struct arena arena = heap_arena(NULL);
	struct text t = { .p = buf, .cap = size };

	text_str(&t, "");
	for (uint32_t i = 0; i < count; i++)
		models[i] = load(&arena, texts, names[i]);
	for (uint32_t i = 0; i < count; i++) {
		struct diags d;

		assert_int_equal(cluster_check(&arena, models, count, i, &d), 0);
		for (const struct diag *one = d.first; one != NULL; one = one->next)
			text_fmt(&t, "%s%s", t.len > 0 ? " " : "", one->code);
	}
	arena_done(&arena);
	return buf;
}

static void nodes_that_fit_are_not_complained_about(void **unused)
{
	const char *texts[] = { CHECK("-20") NODE("	priority 100\n" TRACK),
				CHECK("-20") NODE("	priority 90\n" TRACK),
				CHECK("-20") NODE("	priority 85\n" TRACK) };
	char buf[256];

	(void)unused;
	assert_string_equal(codes(texts, 3, buf, sizeof(buf)), "");
}

static void what_does_not_fit_is_named(void **unused)
{
	static const struct {
		const char *first, *second, *codes;
	} table[] = {
		{ NODE("	priority 90\n"), NODE("	priority 90\n"), "A104" },
		{ NODE("	priority 255\n"), NODE("	priority 255\n"), "E175" },
		{ NODE(""), NODE("	priority 9\n	advert_int 2\n"), "E172" },
		{ NODE(""), NODE("	priority 9\n	virtual_router_id 52\n"), "E170" },
		{ NODE(""),
		  NODE("	priority 9\n	authentication {\n	auth_type PASS\n	"
		       "auth_pass x\n	}\n"),
		  "E173" },
		{ NODE(""),
		  NODE("	priority 9\n	virtual_ipaddress {\n	192.0.2.2\n	}\n"),
		  "E174" },
		{ NODE("	virtual_ipaddress {\n	192.0.2.2\n	}\n"),
		  NODE("	priority 9\n"), "E174" },
		{ NODE(""), "", "A109" },
		{ CHECK("-5") NODE("	priority 100\n" TRACK), NODE("	priority 90\n"), "A103" },
		{ CHECK("-10") NODE("	priority 100\n" TRACK), NODE("	priority 90\n"), "" },
		{ CHECK("10") NODE("	priority 100\n" TRACK),
		  CHECK("10") NODE("	priority 95\n" TRACK), "" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *texts[] = { table[i].first, table[i].second };
		char buf[256];

		assert_string_equal(codes(texts, 2, buf, sizeof(buf)), table[i].codes);
	}
}

static void an_instance_of_another_name_is_found_by_its_vrid(void **unused)
{
	const char *texts[] = {
		NODE(""),
		"vrrp_instance other {\n	interface eth9\n	virtual_router_id 51\n"
		"	priority 9\n	advert_int 3\n"
		"	virtual_ipaddress {\n	192.0.2.1\n	}\n}\n"
	};
	char buf[256];

	(void)unused;
	assert_string_equal(codes(texts, 2, buf, sizeof(buf)), "E172");
}

static void both_places_are_told(void **unused)
{
	const char *texts[] = { NODE(""), "\n\n" NODE("	priority 9\n	advert_int 2\n") };
	struct arena arena = heap_arena(NULL);
	const struct model *models[] = { load(&arena, texts, "0.conf"),
					 load(&arena, texts, "1.conf") };
	struct diags d;

	(void)unused;
	assert_int_equal(cluster_check(&arena, models, 2, 1, &d), 0);
	assert_non_null(d.first);
	assert_string_equal(d.first->file, "1.conf");
	assert_int_equal(d.first->line, 7);
	assert_non_null(strstr(d.first->text, "0.conf:1"));
	arena_done(&arena);
}

/* ---- buoy diff ----------------------------------------------------------------------------- */

static void a_difference_is_told_block_by_block(void **unused)
{
	static const char before[] =
		"global_defs {\n}\n\n"
		"vrrp_instance a {\n\tinterface eth0\n\tvirtual_router_id 1\n"
		"\tauthentication {\n\t\tauth_pass old\n\t}\n"
		"\tvirtual_ipaddress {\n\t\t192.0.2.1/32\n\t}\n}\n\n"
		"vrrp_instance b {\n\tinterface eth0\n\tvirtual_router_id 2\n}\n\n"
		"vrrp_instance c {\n\tinterface eth0\n\tvirtual_router_id 3\n}\n";
	static const char after[] =
		"global_defs {\n}\n\n"
		"vrrp_instance a {\n\tinterface eth0\n\tvirtual_router_id 1\n"
		"\tauthentication {\n\t\tauth_pass new\n\t}\n"
		"\tvirtual_ipaddress {\n\t\t192.0.2.2/32\n\t}\n}\n\n"
		"vrrp_instance z {\n\tinterface eth0\n\tvirtual_router_id 2\n}\n\n"
		"vrrp_instance d {\n\tinterface eth0\n\tvirtual_router_id 4\n}\n";
	struct arena arena = heap_arena(NULL);
	struct conf_diff d;
	char buf[1024];
	struct text t = TEXT(buf);

	(void)unused;
	assert_int_equal(conf_diff(&arena, before, after, &t, &d), 0);
	assert_string_equal(buf, "vrrp_instance a: changed\n"
				 "    - authentication auth_pass ***\n"
				 "    - virtual_ipaddress 192.0.2.1/32\n"
				 "    + authentication auth_pass ***\n"
				 "    + virtual_ipaddress 192.0.2.2/32\n"
				 "vrrp_instance z: renamed from b\n"
				 "vrrp_instance d: added\n"
				 "vrrp_instance c: removed\n");
	assert_int_equal(d.same, 1);
	assert_int_equal(d.changed, 1);
	assert_int_equal(d.added, 1);
	assert_int_equal(d.removed, 1);
	assert_int_equal(d.renamed, 1);
	arena_done(&arena);
}

static void an_order_that_differs_is_a_difference(void **unused)
{
	struct arena arena = heap_arena(NULL);
	struct conf_diff d;
	char buf[256];
	struct text t = TEXT(buf);

	(void)unused;
	assert_int_equal(conf_diff(&arena, "a {\n\tx\n\ty\n}\n", "a {\n\ty\n\tx\n}\n", &t, &d), 0);
	assert_string_equal(buf, "a: changed\n      the order is different\n");
	arena_done(&arena);
}

/* ---- include ------------------------------------------------------------------------------- */

static void a_name_matches_as_in_a_shell(void **unused)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} table[] = {
		{ "*", "a", true },
		{ "*", ".a", false },
		{ ".*", ".a", true },
		{ "*.conf", "a.conf", true },
		{ "*.conf", "conf", false },
		{ "a?c", "abc", true },
		{ "a?c", "ac", false },
		{ "[a-c]x", "bx", true },
		{ "[!a-c]x", "bx", false },
		{ "[^a-c]x", "dx", true },
		{ "[]x]", "]", true },
		{ "[a", "[a", true },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "*a*b*", "xaxbx", true },
		{ "*a*b*", "xbxax", false },
		{ "", "", true },
		{ "?", "?", true },
		{ "[a-]", "-", true },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(glob_matches(table[i].pattern, table[i].name), table[i].matches);
}

static void braces_come_apart_in_their_order(void **unused)
{
	static const char *const wanted[] = { "a/x", "b1/x", "b2/x", "{c}/x" };
	struct arena arena = heap_arena(NULL);
	struct conf_host host = { 0 };
	struct glob g = { .arena = &arena, .host = &host };

	(void)unused;
	assert_int_equal(glob_expand(&g, "{a,b{1,2},{c}}/x"), 0);
	assert_int_equal(g.count, 4);
	for (uint32_t i = 0; i < 4; i++) {
		assert_string_equal(g.paths[i].path, wanted[i]);
		assert_false(g.paths[i].found);
	}
	arena_done(&arena);
}

static void braces_without_end_are_refused(void **unused)
{
	struct arena arena = heap_arena(NULL);
	struct conf_host host = { 0 };
	struct glob g = { .arena = &arena, .host = &host };

	(void)unused;
	assert_int_equal(glob_expand(&g, "{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}"),
			 E_FULL);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_that_fit_are_not_complained_about),
		cmocka_unit_test(what_does_not_fit_is_named),
		cmocka_unit_test(an_instance_of_another_name_is_found_by_its_vrid),
		cmocka_unit_test(both_places_are_told),
		cmocka_unit_test(a_difference_is_told_block_by_block),
		cmocka_unit_test(an_order_that_differs_is_a_difference),
		cmocka_unit_test(a_name_matches_as_in_a_shell),
		cmocka_unit_test(braces_come_apart_in_their_order),
		cmocka_unit_test(braces_without_end_are_refused),
	};

	return cmocka_run_group_tests_name("conf_tools", tests, NULL, NULL);
}
