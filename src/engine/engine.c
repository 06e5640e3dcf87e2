#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>

#include "base/err.h"
#include "base/text.h"
#include "engine/engine_state.h"
#include "engine/priority.h"
#include "io/clock.h"
#include "io/log.h"

enum {
	STEPS_PER_TURN = 64, /* deadlines served before packets are looked at again */
	LATE_US = 5000,      /* a deadline served so late: first hear what has come meanwhile */
	RETRY_US = 1000000,
	HELD_UP_US = 500000, /* a timer so late tells that we have been paused */
	GRACE_US = 2000000,
	STRAYS_US = 10000000,
	EXACTLY_US = 1,
	ROUGHLY_US = 1000000,
};

/* ---- the node --------------------------------------------------------------------------- */

/* What `systemctl status` shows. */
static void tell_manager(const struct engine *e)
{
	uint32_t total = e->gen->model->node.instance_count, masters = 0, faults = 0;

	for (uint32_t i = 0; i < total; i++) {
		masters += e->gen->node.instances[i].state == VRRP_MASTER;
		faults += e->gen->node.instances[i].state == VRRP_FAULT;
	}
	sd_notifyf(0, "STATUS=%u instances: %u MASTER, %u FAULT", total, masters, faults);
}

void engine_flush(struct engine *e)
{
	struct effects *f = &e->effects;
	bool moved = false;

	for (uint32_t i = 0; i < f->later_count; i++)
		moved |= f->later[i].kind == ACT_STATE;
	report_actions(&e->report, e->gen->model, f->later, f->later_count);
	f->later_count = 0;
	if (moved)
		tell_manager(e);
}

/* The node's time never goes back, though what it is told may have happened a moment ago. */
static void step_once(struct engine *e, usec_t when, const struct event *ev)
{
	struct actions out;

	if (effects_crowded(&e->effects))
		engine_flush(e);
	e->node_now = usec_max(e->node_now, when);
	node_step(&e->gen->node, e->node_now, ev, &out);
	effects_apply(&e->effects, &e->gen->stage, &out);
}

static void step_at(struct engine *e, usec_t when, const struct event *ev)
{
	struct event result;

	step_once(e, when, ev);
	while (effects_take_result(&e->effects, &result))
		step_once(e, clock_now(), &result);
}

void engine_step(struct engine *e, const struct event *ev)
{
	step_at(e, clock_now(), ev);
}

static void arm(sd_event_source *timer, usec_t when)
{
	if (when != USEC_NEVER)
		sd_event_source_set_time(timer, when);
	sd_event_source_set_enabled(timer, when != USEC_NEVER ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static bool is_due(const struct engine *e)
{
	return node_deadline(&e->gen->node) <= clock_now();
}

void engine_settle(struct engine *e)
{
	static const struct event deadline = { .kind = EV_DEADLINE };

	if (is_due(e) && node_deadline(&e->gen->node) + LATE_US < clock_now())
		sockets_drain(&e->gen->sockets);
	for (int i = 0; i < STEPS_PER_TURN && is_due(e); i++)
		engine_step(e, &deadline);
	if (!is_due(e))
		engine_flush(e);
	arm(e->deadline, node_deadline(&e->gen->node));
}

static int on_deadline(sd_event_source *source, uint64_t when, void *ctx)
{
	(void)source, (void)when;
	engine_settle(ctx);
	return 0;
}

static void on_packet(void *ctx, uint16_t link, usec_t arrived, struct bytes datagram)
{
	step_at(ctx, arrived, &(struct event){ .kind = EV_PACKET, .packet = { datagram, link } });
}

static void on_quiet(void *ctx)
{
	engine_settle(ctx);
}

/* ---- interfaces ------------------------------------------------------------------------- */

static void tell_link(const struct engine *e, uint16_t i, bool up, const struct link_told *told)
{
	const struct link *link = &e->gen->links.list[i];
	char addr[ADDR_TEXT_MAX];

	if (!told->told || told->up != up)
		log_fmt(MSG_INFO, "interface %s is %s", link->name,
			up                  ? "up"
			: link->ifindex > 0 ? "down"
					    : "not there");
	if (up && !addr_equal(&told->source, &link->source))
		log_fmt(MSG_DEBUG, "interface %s: adverts are sent from %s", link->name,
			addr_print(&link->source, addr));
	if (up && !addr_equal(&told->source6, &link->source6))
		log_fmt(MSG_DEBUG, "interface %s: adverts over IPv6 are sent from %s", link->name,
			addr_print(&link->source6, addr));
}

/* Says it once when sockets cannot be opened; they are tried again every second. */
static void complain_sockets(struct engine *e, const struct link *link, int before, int err,
			     const char *what)
{
	if (link->ifindex == 0 || err == 0)
		return;
	if (err != before)
		log_fmt(MSG_ERR, "interface %s %s: its sockets cannot be opened: %s", link->name,
			what, err_text(err));
	engine_retry_soon(e);
}

void engine_follow_link(struct engine *e, uint16_t i)
{
	const struct link *link = &e->gen->links.list[i];
	struct link_told *told = &e->gen->told[i];
	struct sockets *s = &e->gen->sockets;
	int before = s->list[i].err, before6 = s->list[i].err6, err = sockets_follow(s, i, link);
	struct event ev = { .kind = EV_LINK,
			    .link = { .source = link->source,
				      .source6 = sockets_six(s, i) ? link->source6
								   : (struct addr){ 0 },
				      .link = i,
				      .up = link_is_up(link) && err == 0 } };
	bool up = ev.link.up;

	complain_sockets(e, link, before, err, "counts as down");
	complain_sockets(e, link, before6, s->list[i].err6, "has no IPv6");
	if (told->told && told->up == up && addr_equal(&told->source, &ev.link.source) &&
	    addr_equal(&told->source6, &ev.link.source6))
		return;
	tell_link(e, i, up, told);
	*told = (struct link_told){
		.source = ev.link.source, .source6 = ev.link.source6, .told = true, .up = up
	};
	engine_step(e, &ev);
}

/* IPv4 routes go with their interface, and the kernel says nothing of them: they are looked at. */
void engine_follow_links(struct engine *e)
{
	bool any = false;
	uint16_t i;

	while (links_take_changed(&e->gen->links, &i)) {
		engine_follow_link(e, i);
		any = true;
	}
	if (any && e->gen->routes.count > 0 && generation_read_kernel(e->gen) < 0)
		engine_retry_soon(e);
}

/* Tells what somebody else has removed. Only when all that the kernel reported has been heard: an
 * address that we have just removed and added again is not lost. */
static void follow_losses(struct engine *e)
{
	struct event ev = { .kind = EV_LOST };

	while (links_take_lost(&e->gen->links, &ev.lost.instance, &ev.lost.item))
		engine_step(e, &ev);
	ev.lost.route = true;
	while (routes_take_lost(&e->gen->routes, &ev.lost.instance, &ev.lost.item))
		engine_step(e, &ev);
}

static int on_kernel(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct engine *e = ctx;
	int err = generation_hear_kernel(e->gen, fd);

	(void)source, (void)revents;
	if (e->stopping)
		return 0;
	if (err < 0)
		engine_retry_soon(e);
	statics_kernel_changed(&e->gen->statics);
	engine_follow_links(e);
	if (err == 0)
		follow_losses(e);
	engine_settle(e);
	return 0;
}

void engine_start_at(struct engine *e, usec_t when)
{
	arm(e->hold, when);
}

static int on_hold_end(sd_event_source *source, uint64_t when, void *ctx)
{
	static const struct event start = { .kind = EV_START };
	struct engine *e = ctx;

	(void)source, (void)when;
	if (e->stopping)
		return 0;
	log_line(MSG_INFO, "the delay is over: the instances begin");
	engine_step(e, &start);
	engine_settle(e);
	return 0;
}

void engine_retry_soon(struct engine *e)
{
	arm(e->retry, clock_now() + RETRY_US);
}

static int on_retry(sd_event_source *source, uint64_t when, void *ctx)
{
	struct engine *e = ctx;

	(void)source, (void)when;
	if (e->stopping)
		return 0;
	if (e->gen->links.incomplete && generation_read_kernel(e->gen) < 0)
		engine_retry_soon(e);
	for (uint16_t i = 0; i < e->gen->links.count; i++)
		if (e->gen->sockets.list[i].err < 0 || e->gen->sockets.list[i].err6 < 0)
			engine_follow_link(e, i);
	engine_follow_links(e);
	follow_losses(e);
	engine_settle(e);
	return 0;
}

/* ---- checks ----------------------------------------------------------------------------- */

void engine_arm_checks(struct engine *e)
{
	usec_t when = checks_deadline(&e->gen->checks);

	arm(e->checks, when != USEC_NEVER ? usec_max(when, e->checks_held) : when);
}

static void tell_verdict(struct engine *e, uint16_t id)
{
	enum verdict verdict = checks_verdict(&e->gen->checks, id);

	engine_step(e, &(struct event){ .kind = EV_CHECK, .check = { id, verdict } });
}

static void on_probe(void *ctx, uint16_t id, const struct ipc_message *m)
{
	struct engine *e = ctx;
	bool changed = checks_result(&e->gen->checks, clock_now(), id,
				     (enum probe_outcome)m->outcome, m->code, m->duration_us,
				     m->text);

	engine_arm_checks(e);
	if (!changed)
		return;
	tell_verdict(e, id);
	engine_settle(e);
}

void engine_tell_file(struct engine *e, uint16_t index)
{
	uint16_t check = (uint16_t)(model_first(e->gen->model, TRACKED_FILE) + index);

	engine_step(e, &(struct event){ .kind = EV_CHECK,
					.check = { .check = check,
						   .verdict = VERDICT_UP,
						   .value = e->gen->files.list[index].value } });
}

static void on_file(void *ctx, uint16_t index)
{
	engine_tell_file(ctx, index);
	engine_settle(ctx);
}

static int on_check_due(sd_event_source *source, uint64_t when, void *ctx)
{
	struct engine *e = ctx;
	bool changed;
	uint16_t id;

	(void)source;
	if (clock_now() > when + HELD_UP_US) {
		/* It was us who were not there, or the whole host: the worker gets a chance. */
		e->checks_held = clock_now() + GRACE_US;
		engine_arm_checks(e);
		return 0;
	}
	while (checks_take_due(&e->gen->checks, clock_now(), &id, &changed))
		if (changed)
			tell_verdict(e, id);
	engine_arm_checks(e);
	engine_settle(e);
	return 0;
}

/* ---- people ----------------------------------------------------------------------------- */

static void look_at_strays(struct engine *e)
{
	if (e->stopping)
		return;
	sockets_drain_strays(&e->gen->sockets, clock_now());
	engine_settle(e);
}

static int on_house(sd_event_source *source, uint64_t when, void *ctx)
{
	struct engine *e = ctx;

	(void)when;
	look_at_strays(e);
	sd_event_source_set_time(source, clock_now() + STRAYS_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void on_status(void *ctx)
{
	look_at_strays(ctx);
}

static void status_source(void *ctx, struct status_source *ret)
{
	struct engine *e = ctx;

	*ret = (struct status_source){
		.gen = e->gen,
		.worker = &e->worker,
		.conf_path = e->opt->conf_path,
		.host_name = e->host_name,
		.started_at = e->started_at,
		.reloads = e->reloads,
		.reloads_failed = e->reloads_failed,
		.now = clock_now(),
	};
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *si, void *ctx)
{
	struct engine *e = ctx;

	(void)source;
	log_fmt(MSG_INFO, "Stopping (signal %u from pid %u)", si->ssi_signo, si->ssi_pid);
	engine_stop(e);
	return 0;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *si, void *ctx)
{
	(void)source, (void)si;
	engine_reload(ctx);
	return 0;
}

/* keepalived's dumps. Their signals must not kill us, and must not be silent. */
static int on_unbuilt(sd_event_source *source, const struct signalfd_siginfo *si, void *ctx)
{
	(void)source, (void)ctx;
	log_fmt(MSG_WARNING, "signal %u asks for something that is not built yet: nothing done",
		si->ssi_signo);
	return 0;
}

/* ---- sources ---------------------------------------------------------------------------- */

static int add_timer(struct engine *e, sd_event_source **ret, sd_event_time_handler_t handler,
		     usec_t accuracy, int priority)
{
	int err = sd_event_add_time(e->event, ret, CLOCK_MONOTONIC, 0, accuracy, handler, e);

	if (err >= 0)
		err = sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
	return err < 0 ? err : sd_event_source_set_priority(*ret, priority);
}

static int add_signals(struct engine *e)
{
	const struct {
		int number;
		sd_event_signal_handler_t handler;
	} signals[] = {
		{ SIGTERM, on_stop },         { SIGINT, on_stop },
		{ SIGHUP, on_reload },        { SIGUSR1, on_unbuilt },
		{ SIGUSR2, on_unbuilt },      { SIGRTMIN + 2, on_unbuilt },
		{ SIGRTMAX - 1, on_unbuilt }, { SIGRTMAX, on_unbuilt },
	};
	sigset_t set;
	int err = 0;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i].number);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; err >= 0 && i < sizeof(signals) / sizeof(signals[0]); i++) {
		sd_event_source *source;

		err = sd_event_add_signal(e->event, &source, signals[i].number, signals[i].handler,
					  e);
		if (err < 0)
			break;
		sd_event_source_set_priority(source, PRIORITY_SIGNAL);
		err = sd_event_source_set_floating(source, true);
		sd_event_source_unref(source);
	}
	return err;
}

int engine_watch(struct engine *e)
{
	sd_event_source *kernel = NULL, *house = NULL;
	int err = add_timer(e, &e->deadline, on_deadline, EXACTLY_US, PRIORITY_DEADLINE);

	e->sockets_owner = (struct sockets_owner){ e, on_packet, on_quiet };
	e->worker_owner = (struct workerlink_owner){ e, on_probe };
	e->files_owner = (struct files_owner){ e, on_file };
	e->control_owner = (struct control_owner){ e, status_source, on_status };
	if (err >= 0)
		err = add_timer(e, &e->checks, on_check_due, USEC_PER_MSEC, PRIORITY_CHECKS);
	if (err >= 0)
		err = add_timer(e, &e->retry, on_retry, USEC_PER_MSEC, PRIORITY_HOUSE);
	if (err >= 0)
		err = add_timer(e, &e->hold, on_hold_end, USEC_PER_MSEC, PRIORITY_HOUSE);
	if (err >= 0)
		err = add_timer(e, &house, on_house, ROUGHLY_US, PRIORITY_HOUSE);
	if (err >= 0)
		err = sd_event_add_io(e->event, &kernel, e->monitor, EPOLLIN, on_kernel, e);
	if (err >= 0)
		err = sd_event_source_set_priority(kernel, PRIORITY_KERNEL);
	if (err >= 0)
		err = add_signals(e);
	if (err < 0)
		return E_NOMEM;
	arm(house, clock_now() + STRAYS_US);
	sd_event_source_set_floating(kernel, true);
	sd_event_source_set_floating(house, true);
	sd_event_source_unref(kernel);
	sd_event_source_unref(house);
	return 0;
}
