/* engine/control.h and engine/status.h: what is answered, and that no client can hold anybody up.
 */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "engine/control.h"
#include "heap_arena.h"

enum { INSTANCES = 255, TURNS = 20000 };

static const char *const link_names[] = { "eth0" };
static const char *const check_names[] = { "check" };

/* A generation with one link, one check and |INSTANCES| instances, made without a file. */
struct scene {
	struct generation gen;
	struct model model;
	struct vip_conf vip;
	struct track_conf track;
	struct check_conf check;
	struct instance_conf instances[INSTANCES];
	struct workerlink worker;
	struct control control;
	struct control_owner owner;
	sd_event *event;
	uint32_t refreshed;
	char dir[32], path[64];
};

static void source(void *ctx, struct status_source *ret)
{
	struct scene *s = ctx;

	*ret = (struct status_source){ .gen = &s->gen,
				       .worker = &s->worker,
				       .conf_path = "/etc/x.conf",
				       .host_name = "node",
				       .started_at = 1,
				       .now = 5000001 };
}

static void refresh(void *ctx)
{
	struct scene *s = ctx;

	s->refreshed++;
}

static void make_conf(struct scene *s)
{
	static const struct sockets_owner nobody;
	struct generation *g = &s->gen;

	s->vip = (struct vip_conf){ .addr = addr_v4(0x0a000164), .prefix = 24 };
	s->track = (struct track_conf){ .weight = -20 };
	s->check = (struct check_conf){ .name = "check",
					.script.text = "bytes \xff that are not UTF-8",
					.interval_us = 1000000,
					.timeout_us = 1000000,
					.rise = 1,
					.fall = 2 };
	for (int i = 0; i < INSTANCES; i++)
		s->instances[i] = (struct instance_conf){ .name = "VI",
							  .version = 2,
							  .family = ADDR_V4,
							  .vrid = (uint8_t)(i + 1),
							  .priority = 100,
							  .advert_us = 1000000,
							  .down_adverts = 3,
							  .vips = &s->vip,
							  .vip_count = 1,
							  .checks = &s->track,
							  .check_count = 1 };
	s->model.checks = &s->check;
	s->model.tracked[TRACKED_SCRIPT] = 1;
	s->model.node = (struct node_conf){ .links = link_names,
					    .link_count = 1,
					    .checks = check_names,
					    .check_count = 1,
					    .instances = s->instances,
					    .instance_count = INSTANCES };
	g->number = 1;
	g->model = &s->model;
	g->arena = heap_arena(NULL);
	assert_int_equal(node_init(&g->node, &s->model.node, &g->arena), 0);
	assert_int_equal(links_init(&g->links, &s->model.node, &g->arena), 0);
	assert_int_equal(sockets_init(&g->sockets, &s->model.node, NULL, &nobody, &g->arena), 0);
	assert_int_equal(checks_init(&g->checks, &s->check, 1, 1, &g->arena), 0);
	g->told = arena_array(&g->arena, 1, sizeof(*g->told));
}

static int set_up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	make_conf(s);
	strcpy(s->dir, "/tmp/buoy-ctl-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->path, sizeof(s->path), "%s/sub/sock", s->dir);
	s->owner = (struct control_owner){ s, source, refresh };
	assert_true(sd_event_new(&s->event) >= 0);
	assert_int_equal(control_open(&s->control, s->event, s->path, &s->owner), 0);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;
	char sub[64];

	control_close(&s->control);
	sd_event_unref(s->event);
	sockets_done(&s->gen.sockets);
	links_done(&s->gen.links);
	arena_done(&s->gen.arena);
	snprintf(sub, sizeof(sub), "%s/sub", s->dir);
	assert_int_equal(rmdir(sub), 0);
	assert_int_equal(rmdir(s->dir), 0);
	free(s);
	return 0;
}

static int connect_client(const struct scene *s)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	strcpy(at.sun_path, s->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void turn(struct scene *s)
{
	assert_true(sd_event_run(s->event, 0) >= 0);
}

/* What |fd| is answered, up to the end of the connection; free() it. */
static char *answer(struct scene *s, int fd)
{
	size_t len = 0, room = 1 << 22;
	char *buf = malloc(room);

	for (int i = 0; i < TURNS; i++) {
		ssize_t n;

		turn(s);
		n = recv(fd, buf + len, room - len - 1, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	buf[len] = '\0';
	close(fd);
	return buf;
}

static json_t *ask_status(struct scene *s)
{
	int fd = connect_client(s);
	char *text;
	json_t *json;

	say(fd, "{\"cmd\": \"status\"}\n");
	text = answer(s, fd);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	free(text);
	return json;
}

static void the_status_has_every_instance_check_and_interface(void **state)
{
	struct scene *s = *state;
	json_t *all = ask_status(s), *instance, *check;

	assert_int_equal(json_array_size(json_object_get(all, "instances")), INSTANCES);
	assert_int_equal(json_array_size(json_object_get(all, "checks")), 1);
	assert_int_equal(json_array_size(json_object_get(all, "interfaces")), 1);
	assert_true(json_is_object(json_object_get(all, "daemon")));
	assert_int_equal(json_object_size(json_object_get(all, "dropped")), DROP_COUNT - 1);
	instance = json_array_get(json_object_get(all, "instances"), 41);
	assert_int_equal(json_integer_value(json_object_get(instance, "vrid")), 42);
	assert_string_equal(json_string_value(json_object_get(instance, "state")), "INIT");
	check = json_array_get(json_object_get(all, "checks"), 0);
	assert_string_equal(json_string_value(json_object_get(check, "verdict")), "unknown");
	assert_int_equal(s->refreshed, 1);
	json_decref(all);
}

static void the_sum_of_the_terms_is_the_priority(void **state)
{
	struct scene *s = *state;
	json_t *all, *priority, *term;

	s->gen.node.checks[0] = VERDICT_DOWN;
	s->gen.node.instances[0].total = s->gen.node.instances[0].priority = 80;
	all = ask_status(s);
	priority = json_object_get(json_array_get(json_object_get(all, "instances"), 0),
				   "priority");
	term = json_array_get(json_object_get(priority, "terms"), 0);
	assert_int_equal(json_integer_value(json_object_get(priority, "effective")), 80);
	assert_int_equal(json_integer_value(json_object_get(priority, "base")) +
				 json_integer_value(json_object_get(term, "contribution")),
			 80);
	assert_string_equal(json_string_value(json_object_get(term, "verdict")), "down");
	json_decref(all);
}

static void what_is_not_a_request_is_refused(void **state)
{
	static const char *const requests[] = {
		"\n",
		"nonsense\n",
		"{}\n",
		"[]\n",
		"{\"cmd\": 7}\n",
		"{\"cmd\": \"reboot\"}\n",
		"{\"cmd\": \"status\", \"cmd\": \"status\"}\n",
	};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int fd = connect_client(s);
		char *text;

		say(fd, requests[i]);
		text = answer(s, fd);
		assert_non_null(strstr(text, "\"error\""));
		free(text);
	}
	assert_int_equal(s->refreshed, 0);
}

static void an_endless_line_is_cut_off(void **state)
{
	struct scene *s = *state;
	int fd = connect_client(s);
	char junk[CONTROL_REQUEST_MAX], *text;

	memset(junk, 'x', sizeof(junk));
	assert_int_equal(send(fd, junk, sizeof(junk), MSG_NOSIGNAL), sizeof(junk));
	text = answer(s, fd);
	assert_non_null(strstr(text, "too long"));
	free(text);
}

static void a_request_may_come_in_pieces(void **state)
{
	struct scene *s = *state;
	int fd = connect_client(s);
	char *text;

	say(fd, "{\"cmd\": ");
	turn(s);
	turn(s);
	say(fd, "\"status\"}\n");
	text = answer(s, fd);
	assert_non_null(strstr(text, "\"instances\""));
	free(text);
}

/* Sixteen who say nothing and one who does not read: the next one is answered as soon as one of
 * them is gone, and none of them costs the loop anything while it idles. */
static void idle_and_slow_clients_hold_nobody_up(void **state)
{
	struct scene *s = *state;
	int idle[CONTROL_CLIENTS_MAX - 1], slow = connect_client(s);
	json_t *all;

	say(slow, "{\"cmd\": \"status\"}\n");
	for (int i = 0; i < CONTROL_CLIENTS_MAX - 1; i++)
		idle[i] = connect_client(s);
	for (int i = 0; i < 2000; i++)
		turn(s);
	assert_int_equal(sd_event_prepare(s->event), 0); /* nothing to do: all of them wait */
	assert_int_equal(sd_event_wait(s->event, 0), 0);
	close(idle[0]);
	all = ask_status(s);
	assert_int_equal(json_array_size(json_object_get(all, "instances")), INSTANCES);
	json_decref(all);
	for (int i = 1; i < CONTROL_CLIENTS_MAX - 1; i++)
		close(idle[i]);
	close(slow);
	for (int i = 0; i < 100; i++)
		turn(s);
}

static void an_answer_about_an_older_configuration_breaks_off(void **state)
{
	struct scene *s = *state;
	int fd = connect_client(s);
	char *text;

	say(fd, "{\"cmd\": \"status\"}\n");
	for (int i = 0; i < 20; i++)
		turn(s);
	s->gen.number++;
	text = answer(s, fd);
	assert_true(strlen(text) > 0);
	assert_null(json_loads(text, 0, NULL));
	free(text);
}

static void the_socket_is_for_owner_and_group(void **state)
{
	struct scene *s = *state;
	struct stat st;

	assert_int_equal(stat(s->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void a_second_daemon_is_told_and_a_dead_one_replaced(void **state)
{
	struct scene *s = *state;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct control second;
	int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	json_t *all;

	assert_int_equal(control_open(&second, s->event, s->path, &s->owner), E_EXISTS);
	all = ask_status(s);
	json_decref(all);
	control_close(&s->control);
	strcpy(at.sun_path, s->path);
	assert_int_equal(bind(dead, (struct sockaddr *)&at, sizeof(at)), 0);
	close(dead); /* its socket stays behind, as after a SIGKILL */
	assert_int_equal(control_open(&s->control, s->event, s->path, &s->owner), 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(the_status_has_every_instance_check_and_interface),
		CASE(the_sum_of_the_terms_is_the_priority),
		CASE(what_is_not_a_request_is_refused),
		CASE(an_endless_line_is_cut_off),
		CASE(a_request_may_come_in_pieces),
		CASE(idle_and_slow_clients_hold_nobody_up),
		CASE(an_answer_about_an_older_configuration_breaks_off),
		CASE(the_socket_is_for_owner_and_group),
		CASE(a_second_daemon_is_told_and_a_dead_one_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
