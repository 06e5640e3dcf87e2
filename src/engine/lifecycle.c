#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "engine/engine_state.h"
#include "engine/host.h"
#include "engine/priority.h"
#include "io/clock.h"
#include "io/log.h"
#include "io/netlink.h"
#include "io/route.h"

enum {
	STOP_US = 2000000,         /* for the instances to let go of everything */
	RELOAD_STOP_US = 200000,   /* the same while others of them wait to go on */
	LAST_SCRIPTS_US = 5000000, /* for the notifications of the stop */
	TURN_MS = 10,
	CONF_TEXT_MAX = 1024 * 1024,
};

/* ---- stopping a node -------------------------------------------------------------------- */

/* Asks the node in force to let go of everything and drives it until it has. The event loop does
 * not run meanwhile; what is retried is retried here. */
static void stop_node(struct engine *e, usec_t patience)
{
	static const struct event stop = { .kind = EV_STOP }, deadline = { .kind = EV_DEADLINE };
	struct node *node = &e->gen->node;
	usec_t end = clock_now() + patience;

	engine_step(e, &stop);
	while (!node_stopped(node) && clock_now() < end) {
		if (node_deadline(node) <= clock_now())
			engine_step(e, &deadline);
		else
			poll(NULL, 0, TURN_MS);
	}
	engine_flush(e);
	if (!node_stopped(node))
		log_line(MSG_ERR, "addresses may be left behind: the kernel did not remove them");
}

/* ---- starting one ----------------------------------------------------------------------- */

/* Tells the node in force the state of the world and starts it. */
static void begin(struct engine *e)
{
	static const struct event start = { .kind = EV_START };
	struct generation *g = e->gen;

	for (uint16_t i = 0; i < g->links.count; i++) {
		g->links.list[i].changed = false;
		engine_follow_link(e, i);
	}
	for (uint16_t i = 0; i < g->checks.count; i++) {
		struct event ev = { .kind = EV_CHECK,
				    .check = { i, checks_verdict(&g->checks, i) } };

		engine_step(e, &ev);
	}
	files_write(&g->files, g->number == 1);
	files_watch(&g->files, e->event, &e->files_owner);
	for (uint16_t i = 0; i < g->files.count; i++)
		engine_tell_file(e, i);
	statics_watch(&g->statics, e->event);
	if (clock_now() < e->hold_until)
		engine_start_at(e, e->hold_until);
	else
		engine_step(e, &start);
	engine_settle(e);
	engine_arm_checks(e);
}

/* The longer of the two delays: ports of switches, databases and other hosts take their time. */
static void hold(struct engine *e)
{
	const struct model *m = e->gen->model;
	usec_t up = clock_uptime(), delay = m->startup_delay_us;
	char buf[32];
	struct text t = TEXT(buf);

	if (m->delay_after_boot_us > up)
		delay = usec_max(delay, m->delay_after_boot_us - up);
	if (delay == 0)
		return;
	e->hold_until = clock_now() + delay;
	text_seconds(&t, delay - delay % USEC_PER_MSEC);
	log_fmt(MSG_INFO, "Delaying startup for %s seconds: until then no instance begins", buf);
}

static int load(struct engine *e, struct generation **ret)
{
	int err = generation_load(&host_real, e->opt->conf_path, e->event, &e->sockets_owner, ret);

	if (err < 0) {
		log_fmt(MSG_ERR, "configuration %s: %s", e->opt->conf_path,
			err == E_SYNTAX ? "has errors" : err_text(err));
		return err;
	}
	(*ret)->number = ++e->generations;
	if ((*ret)->routes.count + (*ret)->statics.count > 0 && route_join(e->monitor) < 0)
		log_line(MSG_ERR, "cannot hear of routes: what somebody removes is not put back");
	statics_add(&(*ret)->statics, e->effects.netlink);
	err = generation_read_kernel(*ret);
	if (err < 0) {
		log_fmt(MSG_WARNING, "cannot read the interfaces: %s; tried again", err_text(err));
		engine_retry_soon(e);
	}
	return 0;
}

/* Passwords are for the configuration, not for the journal. */
static void dump_line(char *line)
{
	static const char key[] = "auth_pass ";
	char *word = line + strspn(line, " \t");

	if (strncmp(word, key, sizeof(key) - 1) == 0)
		strcpy(word + sizeof(key) - 1, "*");
	log_line(MSG_INFO, line);
}

static void dump_conf(const struct model *model)
{
	char *buf = malloc(CONF_TEXT_MAX), *line, *rest;
	struct text t = { .p = buf, .cap = CONF_TEXT_MAX };

	if (buf == NULL)
		return;
	conf_print(&t, model);
	for (line = strtok_r(buf, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		dump_line(line);
	if (t.cut)
		log_line(MSG_WARNING, "the configuration is longer than what is printed of it");
	free(buf);
}

/* ---- reload ----------------------------------------------------------------------------- */

static void tell_manager_reloading(void)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)clock_now());
}

static void go_over(struct engine *e, struct generation *next)
{
	struct generation *prev = e->gen;
	uint32_t moved, total = next->model->node.instance_count;

	for (uint16_t i = 0; i < next->links.count; i++)
		sockets_follow(&next->sockets, i, &next->links.list[i]);
	sockets_drain(&prev->sockets);
	engine_flush(e);
	checks_inherit(&next->checks, &prev->checks);
	moved = node_inherit(&next->node, &prev->node);
	stop_node(e, RELOAD_STOP_US);
	e->gen = next;
	workerlink_use(&e->worker, next->model);
	begin(e);
	statics_remove(&prev->statics, &next->statics);
	generation_free(prev);
	log_fmt(MSG_INFO, "configuration reloaded: %u of %u instances go on undisturbed", moved,
		total);
}

void engine_reload(struct engine *e)
{
	struct generation *next;

	if (e->stopping)
		return;
	log_fmt(MSG_INFO, "Reloading %s", e->opt->conf_path);
	tell_manager_reloading();
	e->reloads++;
	if (load(e, &next) == 0) {
		go_over(e, next);
	} else {
		e->reloads_failed++;
		log_line(MSG_ERR,
			 "reload refused: everything goes on with the configuration before");
	}
	sd_notify(0, "READY=1");
}

/* ---- the end ---------------------------------------------------------------------------- */

static int on_post(sd_event_source *source, void *ctx)
{
	struct engine *e = ctx;

	(void)source;
	if (workerlink_idle(&e->worker))
		sd_event_exit(e->event, ENGINE_EXIT_OK);
	return 0;
}

static int on_patience_end(sd_event_source *source, uint64_t when, void *ctx)
{
	struct engine *e = ctx;

	(void)source, (void)when;
	log_fmt(MSG_WARNING, "%u notifications have not run to their end: not waiting any longer",
		e->worker.pending_count);
	sd_event_exit(e->event, ENGINE_EXIT_OK);
	return 0;
}

void engine_stop(struct engine *e)
{
	int err;

	if (e->stopping)
		return; /* asked twice; the first time set an end to it */
	e->stopping = true;
	sd_notify(0, "STOPPING=1");
	stop_node(e, STOP_US);
	statics_remove(&e->gen->statics, NULL);
	sockets_done(&e->gen->sockets);
	files_done(&e->gen->files);
	sd_event_source_set_enabled(e->deadline, SD_EVENT_OFF);
	sd_event_source_set_enabled(e->checks, SD_EVENT_OFF);
	workerlink_stop(&e->worker);
	control_close(&e->control);
	err = sd_event_add_post(e->event, NULL, on_post, e);
	if (err >= 0)
		err = sd_event_add_time_relative(e->event, NULL, CLOCK_MONOTONIC, LAST_SCRIPTS_US,
						 USEC_PER_MSEC, on_patience_end, e);
	if (err < 0)
		sd_event_exit(e->event, ENGINE_EXIT_OK);
}

/* ---- the beginning ---------------------------------------------------------------------- */

static enum engine_exit exit_of(int err)
{
	switch (err) {
	case E_PERM:
		return ENGINE_EXIT_PERMISSION;
	case E_NOMEM:
		return ENGINE_EXIT_NO_MEMORY;
	case E_SYNTAX:
		return ENGINE_EXIT_CONFIG;
	case E_NOENT:
		return ENGINE_EXIT_NO_CONFIG;
	default:
		return ENGINE_EXIT_FATAL;
	}
}

static int open_kernel(struct engine *e)
{
	int err = effects_open(&e->effects);

	if (err < 0)
		return err;
	e->monitor = netlink_open_monitor();
	if (e->monitor < 0)
		return e->monitor;
	e->program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	return e->program < 0 ? E_IO : 0; /* no /proc here */
}

static int open_control(struct engine *e)
{
	int err = control_open(&e->control, e->event, e->opt->socket_path, &e->control_owner);

	if (err == E_EXISTS)
		log_fmt(MSG_ERR, "another buoyd answers at %s; use --socket for a second one",
			e->opt->socket_path);
	else if (err < 0)
		log_fmt(MSG_ERR, "cannot listen at %s: %s", e->opt->socket_path, err_text(err));
	return err < 0 ? E_IO : 0;
}

static int open_all(struct engine *e)
{
	int err = open_kernel(e);

	if (err == 0 && sd_event_new(&e->event) < 0)
		err = E_NOMEM;
	if (err == 0)
		err = engine_watch(e);
	if (err < 0) {
		log_fmt(MSG_ERR, "cannot begin: %s", err_text(err));
		return err;
	}
	sd_event_set_watchdog(e->event, true);
	workerlink_init(&e->worker, e->event, &e->worker_owner, e->program);
	return open_control(e);
}

static void close_all(struct engine *e)
{
	if (e->event != NULL) {
		control_close(&e->control);
		workerlink_done(&e->worker);
	}
	generation_free(e->gen);
	sd_event_source_disable_unref(e->deadline);
	sd_event_source_disable_unref(e->checks);
	sd_event_source_disable_unref(e->retry);
	sd_event_source_disable_unref(e->hold);
	sd_event_unref(e->event);
	effects_close(&e->effects);
	if (e->monitor >= 0)
		close(e->monitor);
	if (e->program >= 0)
		close(e->program);
	free(e);
}

static void tell_ready(struct engine *e)
{
	sd_notify(0, "READY=1");
	if (e->opt->ready != NULL)
		e->opt->ready(e->opt->ctx);
}

static int start(struct engine *e)
{
	int err = open_all(e);

	if (err == 0)
		err = load(e, &e->gen);
	if (err < 0)
		return err;
	if (e->opt->dump_conf)
		dump_conf(e->gen->model);
	workerlink_use(&e->worker, e->gen->model);
	hold(e);
	begin(e);
	tell_ready(e);
	return 0;
}

enum engine_exit engine_run(const struct engine_options *opt)
{
	struct engine *e = calloc(1, sizeof(*e));
	enum engine_exit status;
	int err;

	if (e == NULL)
		return ENGINE_EXIT_NO_MEMORY;
	e->opt = opt;
	e->monitor = e->program = e->effects.netlink = e->effects.packet = -1;
	e->control.fd = -1;
	e->started_at = clock_now();
	e->report = (struct report){ &e->worker, e->host_name };
	gethostname(e->host_name, sizeof(e->host_name) - 1);
	err = start(e);
	if (err < 0) {
		status = exit_of(err);
	} else {
		err = sd_event_loop(e->event);
		status = err < 0 ? ENGINE_EXIT_SOFTWARE : (enum engine_exit)err;
		if (err < 0)
			log_fmt(MSG_ERR, "the event loop has failed: %s", strerror(-err));
	}
	close_all(e);
	return status;
}
