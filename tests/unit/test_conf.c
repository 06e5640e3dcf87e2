/* What conf_load() makes of a configuration, and what it does when memory runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "conf/load.h"
#include "wire/vrrp.h"

#include "heap_arena.h"

/* A host with one file in memory, which counts what it is asked. */
struct host {
	const char *text; /* NULL: there is no file */
	unsigned links_asked, scripts_asked;
};

static int host_read(void *ctx, const char *path, struct arena *arena, struct bytes *ret)
{
	const struct host *h = ctx;
	void *copy;

	if (h->text == NULL || strcmp(path, "test.conf") != 0)
		return E_NOENT;
	copy = arena_dup(arena, h->text, strlen(h->text));
	if (copy == NULL)
		return E_NOMEM;
	*ret = (struct bytes){ copy, strlen(h->text) };
	return 0;
}

static bool host_has_link(void *ctx, const char *name)
{
	((struct host *)ctx)->links_asked++;
	return strncmp(name, "none", 4) != 0;
}

static int host_script(void *ctx, const char *path, const char *user)
{
	(void)path;
	(void)user;
	((struct host *)ctx)->scripts_asked++;
	return 0;
}

/* Everything a test looks at; gone with |arena|. */
struct loaded {
	struct host host;
	struct arena arena;
	struct diags diags;
	const struct model *model;
	int err;
};

static struct loaded load_with(const char *text, struct arena arena)
{
	struct loaded l = { .host = { .text = text }, .arena = arena };
	struct conf_host host = { &l.host, host_read, host_has_link, host_script };

	l.err = conf_load(&host, "test.conf", &l.arena, &l.diags, &l.model);
	return l;
}

static struct loaded load(const char *text)
{
	return load_with(text, heap_arena(NULL));
}

static const char everything[] =
	"vrrp_instance db {\n"
	"	state BACKUP\n	interface eth0\n	virtual_router_id 51\n	priority 90\n"
	"	advert_int 2\n	preempt_delay 2.5\n	dont_track_primary\n"
	"	authentication {\n		auth_type PASS\n		auth_pass abc\n	}\n"
	"	virtual_ipaddress {\n"
	"		192.0.2.10/24 brd + dev eth1 scope link label eth1:db\n		"
	"192.0.2.11\n	}\n"
	"	track_interface {\n		eth1 weight -10\n		eth2 weight 5 "
	"reverse\n	}\n"
	"	track_script {\n		alive\n		well weight 7 reverse\n	}\n"
	"	notify_master \"/opt/m 'a b'\" tell tellers\n	notify /opt/all\n"
	"	higher_prio_send_advert\n	garp_master_repeat 2\n	garp_master_refresh 30\n"
	"	garp_master_refresh_repeat 3\n	garp_lower_prio_delay 4\n	"
	"garp_lower_prio_repeat 0\n"
	"	smtp_alert\n"
	"}\n"
	"vrrp_instance web {\n	state MASTER\n	interface eth2\n	virtual_router_id 51\n"
	"	virtual_ipaddress {\n		198.51.100.1/28\n	}\n	"
	"lower_prio_no_advert off\n"
	"	down_timer_adverts 9\n}\n"
	"vrrp_script alive {\n	script \"/opt/alive -q\"\n	interval 0.5\n	weight -20 "
	"reverse\n"
	"	rise 2\n	fall 3\n	user probe probes\n	init_fail\n}\n"
	"vrrp_script well {\n	script /opt/well\n	timeout 9\n}\n"
	"global_defs {\n	router_id node1\n	enable_script_security\n	"
	"script_user run runners\n"
	"	default_interface eth9\n	vrrp_garp_master_delay 8\n	"
	"vrrp_lower_prio_no_advert\n"
	"	notification_email {\n		a@example.org\n		b@example.org\n	}\n"
	"	notification_email_from c@example.org\n	smtp_server mail.example.org 26\n"
	"	smtp_connect_timeout 3\n	smtp_helo_name h\n	no_email_faults\n}\n";

static void the_model_is_what_the_file_says(void **unused)
{
	struct loaded l = load(everything);
	const struct model *m = l.model;
	const struct instance_conf *i;

	(void)unused;
	assert_int_equal(l.err, 0);
	assert_int_equal(l.diags.warnings, 1); /* mail */
	assert_int_equal(m->node.instance_count, 2);
	i = &m->node.instances[0];
	assert_string_equal(i->name, "db");
	assert_int_equal(i->vrid, 51);
	assert_int_equal(i->priority, 90);
	assert_int_equal(i->advert_us, 2000000);
	assert_int_equal(i->preempt_delay_us, 2500000);
	assert_int_equal(i->down_adverts, 3);
	assert_true(i->preempt && i->send_before_yield);
	assert_false(i->answer_lower || i->track_primary);
	assert_int_equal(i->auth_type, VRRP_AUTH_PASS);
	assert_memory_equal(i->auth_key, "abc\0\0\0\0", 8);
	assert_int_equal(i->garp.delay_us, 8000000);
	assert_int_equal(i->garp.repeat, 2);
	assert_int_equal(i->garp.refresh_us, 30000000);
	assert_int_equal(i->garp.refresh_repeat, 3);
	assert_int_equal(i->garp.lower_prio_delay_us, 4000000);
	assert_int_equal(i->garp.lower_prio_repeat, 0);
	assert_false(m->more[0].starts_as_master);
	assert_true(m->more[0].mail);
	i = &m->node.instances[1];
	assert_int_equal(i->priority, 255); /* state MASTER without a priority */
	assert_int_equal(i->down_adverts, 9);
	assert_true(i->answer_lower && i->track_primary);
	assert_int_equal(i->garp.lower_prio_delay_us, 8000000);
	assert_int_equal(i->garp.lower_prio_repeat, 5);
	assert_true(m->more[1].starts_as_master);
	arena_done(&l.arena);
}

static void addresses_and_interfaces_are_resolved(void **unused)
{
	struct loaded l = load(everything);
	const struct node_conf *n = &l.model->node;
	const struct vip_conf *v = n->instances[0].vips;
	struct addr brd = addr_v4(0xc00002ff), ip = addr_v4(0xc000020b);

	(void)unused;
	assert_int_equal(n->link_count, 3);
	assert_string_equal(n->links[0], "eth0");
	assert_string_equal(n->links[1], "eth1");
	assert_string_equal(n->links[2], "eth2");
	assert_int_equal(n->instances[0].vip_count, 2);
	assert_int_equal(v[0].link, 1);
	assert_int_equal(v[0].prefix, 24);
	assert_int_equal(v[0].scope, 253);
	assert_string_equal(v[0].label, "eth1:db");
	assert_true(addr_equal(&v[0].broadcast, &brd));
	assert_int_equal(v[1].link, 0);
	assert_int_equal(v[1].prefix, 32);
	assert_null(v[1].label);
	assert_int_equal(v[1].broadcast.family, ADDR_NONE);
	assert_true(addr_equal(&v[1].addr, &ip));
	assert_int_equal(l.host.links_asked, 3);
	arena_done(&l.arena);
}

static void checks_are_found_though_they_come_after_their_use(void **unused)
{
	struct loaded l = load(everything);
	const struct model *m = l.model;
	const struct track_conf *t = m->node.instances[0].checks;
	const struct check_conf *c = m->checks;

	(void)unused;
	assert_int_equal(m->node.check_count, 2);
	assert_string_equal(m->node.checks[1], "well");
	assert_int_equal(m->node.instances[0].check_count, 2);
	assert_int_equal(t[0].index, 0);
	assert_int_equal(t[0].weight, -20);
	assert_true(t[0].reverse);
	assert_int_equal(t[1].index, 1);
	assert_int_equal(t[1].weight, 7);
	assert_true(t[1].reverse);
	assert_string_equal(c[0].script.argv[0], "/opt/alive");
	assert_string_equal(c[0].script.argv[1], "-q");
	assert_null(c[0].script.argv[2]);
	assert_string_equal(c[0].script.user, "probe");
	assert_string_equal(c[0].script.group, "probes");
	assert_int_equal(c[0].interval_us, 500000);
	assert_int_equal(c[0].timeout_us, 500000);
	assert_int_equal(c[0].rise, 2);
	assert_int_equal(c[0].fall, 3);
	assert_true(c[0].init_fail);
	assert_int_equal(c[1].timeout_us, 9000000);
	assert_null(c[1].script.user);
	assert_int_equal(c[1].rise, 1);
	t = m->node.instances[0].links;
	assert_int_equal(m->node.instances[0].link_count, 2);
	assert_int_equal(t[0].index, 1);
	assert_int_equal(t[0].weight, -10);
	assert_int_equal(t[1].index, 2);
	assert_true(t[1].reverse);
	arena_done(&l.arena);
}

static void notifications_and_globals_are_kept(void **unused)
{
	struct loaded l = load(everything);
	const struct model *m = l.model;
	const struct script_conf *s = m->notifies[0].scripts;

	(void)unused;
	assert_string_equal(s[NOTIFY_SCRIPT_MASTER].argv[1], "a b");
	assert_string_equal(s[NOTIFY_SCRIPT_MASTER].user, "tell");
	assert_string_equal(s[NOTIFY_SCRIPT_MASTER].group, "tellers");
	assert_null(s[NOTIFY_SCRIPT_BACKUP].argv);
	assert_string_equal(s[NOTIFY_SCRIPT_ALL].text, "/opt/all");
	assert_string_equal(m->router_id, "node1");
	assert_string_equal(m->script_user, "run");
	assert_string_equal(m->script_group, "runners");
	assert_true(m->script_security);
	assert_string_equal(m->default_interface, "eth9");
	assert_int_equal(m->mail.to_count, 2);
	assert_string_equal(m->mail.to[1], "b@example.org");
	assert_string_equal(m->mail.from, "c@example.org");
	assert_string_equal(m->mail.server, "mail.example.org 26");
	assert_int_equal(m->mail.connect_timeout_us, 3000000);
	assert_string_equal(m->mail.helo, "h");
	assert_true(m->mail.no_faults);
	assert_int_equal(l.host.scripts_asked, 4);
	arena_done(&l.arena);
}

static void assert_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		assert_ptr_equal(a, b);
	else
		assert_string_equal(a, b);
}

static void assert_same_script(const struct script_conf *a, const struct script_conf *b)
{
	assert_text(a->text, b->text);
	assert_text(a->user, b->user);
	assert_text(a->group, b->group);
	for (size_t i = 0; a->argv != NULL && a->argv[i] != NULL; i++)
		assert_string_equal(a->argv[i], b->argv[i]);
}

static void assert_same_instance(const struct model *a, const struct model *b, uint32_t n)
{
	assert_true(instance_conf_same(&a->node, &a->node.instances[n], &b->node,
				       &b->node.instances[n]));
	for (size_t i = 0; i < NOTIFY_SCRIPT_COUNT; i++)
		assert_same_script(&a->notifies[n].scripts[i], &b->notifies[n].scripts[i]);
	assert_int_equal(a->more[n].starts_as_master, b->more[n].starts_as_master);
	assert_int_equal(a->more[n].mail, b->more[n].mail);
}

static void what_is_printed_reads_as_the_same_model(void **unused)
{
	static char print[65536];
	struct text t = TEXT(print);
	struct loaded a = load(everything), b;
	const struct model *x = a.model, *y;

	(void)unused;
	conf_print(&t, x);
	assert_false(t.cut);
	b = load(print);
	assert_int_equal(b.err, 0);
	y = b.model;
	assert_text(x->router_id, y->router_id);
	assert_text(x->script_user, y->script_user);
	assert_text(x->script_group, y->script_group);
	assert_text(x->default_interface, y->default_interface);
	assert_int_equal(x->script_security, y->script_security);
	assert_text(x->mail.from, y->mail.from);
	assert_text(x->mail.server, y->mail.server);
	assert_text(x->mail.helo, y->mail.helo);
	assert_int_equal(x->mail.no_faults, y->mail.no_faults);
	assert_int_equal(x->mail.connect_timeout_us, y->mail.connect_timeout_us);
	assert_int_equal(x->mail.to_count, y->mail.to_count);
	assert_int_equal(x->node.link_count, y->node.link_count);
	assert_int_equal(x->node.check_count, y->node.check_count);
	assert_int_equal(x->node.instance_count, y->node.instance_count);
	for (uint16_t i = 0; i < x->node.link_count; i++)
		assert_string_equal(x->node.links[i], y->node.links[i]);
	for (uint16_t i = 0; i < x->node.check_count; i++) {
		assert_same_script(&x->checks[i].script, &y->checks[i].script);
		assert_int_equal(x->checks[i].interval_us, y->checks[i].interval_us);
		assert_int_equal(x->checks[i].timeout_us, y->checks[i].timeout_us);
		assert_int_equal(x->checks[i].rise, y->checks[i].rise);
		assert_int_equal(x->checks[i].fall, y->checks[i].fall);
		assert_int_equal(x->checks[i].weight, y->checks[i].weight);
		assert_int_equal(x->checks[i].reverse, y->checks[i].reverse);
		assert_int_equal(x->checks[i].init_fail, y->checks[i].init_fail);
	}
	for (uint32_t i = 0; i < x->node.instance_count; i++)
		assert_same_instance(x, y, i);
	arena_done(&a.arena);
	arena_done(&b.arena);
}

static const char faulty[] =
	"vrrp_instance a {\n	interfacee eth0\n	priority 300\n}\n"
	"vrrp_instance b {\n	interface none\n	virtual_router_id 1\n"
	"	authentication {\n		auth_type PASS\n		auth_pass "
	"123456789\n	}\n"
	"	track_script {\n		alve\n	}\n	virtual_ipaddress {\n	}\n}\n"
	"vrrp_script alive {\n	script \"/opt/x\"\n}\nfoo {\n}\n";

/* The arena's blocks are refused one after the other, and what is left of the first is made smaller
 * step by step: so every request of the reader fails in one of the runs. */
static void fail_everywhere(const char *text, int want)
{
	enum { BLOCK = 16384, STEP = 16 };
	long blocks = 1;
	int err = E_NOMEM;

	for (; err == E_NOMEM; blocks++)
		for (size_t used = 0; used < BLOCK; used += STEP) {
			struct heap_budget budget = { .left = blocks };
			struct arena arena = heap_arena(&budget);
			struct loaded l;

			if (used > 0)
				assert_non_null(arena_alloc(&arena, used));
			l = load_with(text, arena);
			err = l.err;
			assert_true(err == E_NOMEM || err == want);
			if (err == E_NOMEM)
				assert_null(l.model);
			arena_done(&l.arena);
		}
	assert_true(blocks > 3);
}

static void every_allocation_may_fail(void **unused)
{
	(void)unused;
	fail_everywhere(everything, 0);
	fail_everywhere(faulty, E_SYNTAX);
}

static void complaints_come_in_the_order_of_the_file(void **unused)
{
	struct loaded l = load(faulty);
	static const char *const want[] = { "E102", "E107", "W108", "E119",
					    "W103", "E124", "W109", "E102" };
	const struct diag *d = l.diags.first;
	uint32_t line = 0;

	(void)unused;
	assert_int_equal(l.err, E_SYNTAX);
	assert_int_equal(l.diags.errors, 5);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++, d = d->next) {
		assert_string_equal(d->code, want[i]);
		assert_true(d->line >= line);
		line = d->line;
	}
	assert_null(d);
	arena_done(&l.arena);
}

static void a_missing_file_is_told_and_its_code_returned(void **unused)
{
	struct loaded l = load(NULL);

	(void)unused;
	assert_int_equal(l.err, E_NOENT);
	assert_null(l.model);
	assert_int_equal(l.diags.errors, 1);
	assert_string_equal(l.diags.first->code, "E101");
	assert_int_equal(l.diags.first->line, 0);
	assert_null(l.diags.first->line_text);
	assert_int_equal(conf_exit_code(&l.diags, l.err), 5);
	arena_done(&l.arena);
}

static void after_a_hundred_errors_it_gives_up(void **unused)
{
	static char text[20000];
	struct text t = TEXT(text);
	struct loaded l;
	const struct diag *last;
	uint32_t count = 1;

	(void)unused;
	for (int i = 0; i < 150; i++)
		text_fmt(&t, "wrong%d\n", i);
	l = load(text);
	for (last = l.diags.first; last->next != NULL; last = last->next)
		count++;
	assert_int_equal(count, 101);
	assert_int_equal(l.diags.errors, 101);
	assert_string_equal(last->code, "E129");
	assert_int_equal(last->line, 100);
	arena_done(&l.arena);
}

static void many_warnings_do_not_keep_a_configuration_from_being_read(void **unused)
{
	static char text[500000];
	struct text t = TEXT(text);
	struct loaded l;
	const struct diag *last;
	uint32_t count = 1;

	(void)unused;
	for (int i = 0; i < 2000; i++)
		text_fmt(&t, "vrrp_instance v%d {\n	interface e%d\n	virtual_router_id 1\n}\n",
			 i, i);
	assert_false(t.cut);
	l = load(text);
	assert_int_equal(l.err, 0);
	assert_int_equal(l.model->node.instance_count, 2000);
	assert_int_equal(l.diags.warnings, 2000);
	for (last = l.diags.first; last->next != NULL; last = last->next)
		count++;
	assert_int_equal(count, 1001);
	assert_string_equal(last->code, "W118");
	arena_done(&l.arena);
}

static void the_exit_code_is_keepalived_s(void **unused)
{
	struct diag fatal = { .fatal = true }, plain = { .next = &fatal },
		    security = { .security = true };
	struct diags none = { 0 }, two = { &plain, 2, 0 }, safe = { &security, 0, 1 };
	struct diag other = { .next = &security };
	struct diags mixed = { &other, 0, 2 };

	(void)unused;
	assert_int_equal(conf_exit_code(&none, 0), 0);
	assert_int_equal(conf_exit_code(&none, E_NOMEM), 1);
	assert_int_equal(conf_exit_code(&none, E_IO), 5);
	assert_int_equal(conf_exit_code(&two, E_SYNTAX), 2);
	assert_int_equal(conf_exit_code(&safe, 0), 6);
	assert_int_equal(conf_exit_code(&mixed, 0), 6);
}

static void the_caret_stands_below_the_word(void **unused)
{
	struct diag d = { .code = "E102",
			  .file = "a.conf",
			  .text = "what",
			  .line_text = "\tk\xc3\xa9y pry 1",
			  .line = 7,
			  .column = 7,
			  .length = 3,
			  .grade = DIAG_ERROR };
	char buf[200];
	struct text t = TEXT(buf);

	(void)unused;
	diag_render(&t, &d);
	assert_string_equal(buf, "a.conf:7:7: error: what [E102]\n\tk\xc3\xa9y pry 1\n\t    ^~~");
	t = TEXT(buf);
	d.column = 500;
	d.grade = DIAG_WARNING;
	diag_render(&t, &d);
	assert_string_equal(buf, "a.conf:7:500: warning: what [E102]\n\tk\xc3\xa9y pry 1\n"
				 "\t         ^");
	t = TEXT(buf);
	d.line = 0;
	d.line_text = NULL;
	diag_render(&t, &d);
	assert_string_equal(buf, "a.conf: warning: what [E102]");
}

static void ten_thousand_instances_are_read(void **unused)
{
	enum { COUNT = 10000, ROOM = 2000000 };
	char *text = malloc(ROOM);
	struct text t = { .p = text, .cap = ROOM };
	struct loaded l;

	(void)unused;
	for (int i = 0; i < COUNT; i++)
		text_fmt(&t,
			 "vrrp_instance VI_%d {\n	interface eth%d\n	virtual_router_id "
			 "%d\n"
			 "	virtual_ipaddress {\n		10.%d.%d.%d/24\n	}\n}\n",
			 i, i / 255, i % 255 + 1, i / 40000, i / 200 % 256, i % 200 + 1);
	assert_false(t.cut);
	l = load(text);
	assert_int_equal(l.err, 0);
	assert_int_equal(l.model->node.instance_count, COUNT);
	assert_int_equal(l.model->node.link_count, 40);
	assert_int_equal(l.host.links_asked, 40);
	assert_string_equal(l.model->node.instances[COUNT - 1].name, "VI_9999");
	arena_done(&l.arena);
	free(text);
}

static const char small_instance[] = "vrrp_instance v{interface e\nvirtual_router_id 1\n"
				     "virtual_ipaddress{192.0.2.1\n}\n}\n";

/* A configuration is input: whoever writes one must not be able to hang the reader with it. */
static void a_mebibyte_of_anything_is_read_in_a_second(void **unused)
{
	enum { ROOM = 1 << 20 };
	static const char *const patterns[] = {
		"a ",
		"a\n",
		"a{}",
		"{",
		"}",
		"${",
		"\"a",
		"\\\n",
		"#\n",
		"auth_pass ",
		"script '\\' ",
		small_instance,
		"vrrp_script c{script /x\n}\n",
		"virtual_router_idd\n",
		"include test.conf\n",
		"global_defs{notification_email{a\n}}\n",
		"$A=x\n${A}\n",
		"${A}",
		"$A=\\\n",
		"@a x\n",
		"~SEQ(a,1,99) ",
		"~LST(a,b,c) ${a}\n",
		"include {a,b}{a,b}*\n",
		"$A=$A$A\nx ${A} $A\n",
	};
	char *text = malloc(ROOM + 1);

	(void)unused;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		size_t n = strlen(patterns[i]);
		clock_t begin = clock();
		struct loaded l;

		for (size_t at = 0; at < ROOM; at++)
			text[at] = patterns[i][at % n];
		text[ROOM] = '\0';
		l = load(text);
		assert_true(l.arena.total < (256 << 20));
		arena_done(&l.arena);
		assert_true(clock() - begin < CLOCKS_PER_SEC);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_model_is_what_the_file_says),
		cmocka_unit_test(addresses_and_interfaces_are_resolved),
		cmocka_unit_test(checks_are_found_though_they_come_after_their_use),
		cmocka_unit_test(notifications_and_globals_are_kept),
		cmocka_unit_test(what_is_printed_reads_as_the_same_model),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(complaints_come_in_the_order_of_the_file),
		cmocka_unit_test(a_missing_file_is_told_and_its_code_returned),
		cmocka_unit_test(after_a_hundred_errors_it_gives_up),
		cmocka_unit_test(many_warnings_do_not_keep_a_configuration_from_being_read),
		cmocka_unit_test(the_exit_code_is_keepalived_s),
		cmocka_unit_test(the_caret_stands_below_the_word),
		cmocka_unit_test(ten_thousand_instances_are_read),
		cmocka_unit_test(a_mebibyte_of_anything_is_read_in_a_second),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
