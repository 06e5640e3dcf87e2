#include "engine/report.h"

#include "base/err.h"
#include "base/text.h"
#include "core/reason.h"
#include "io/log.h"
#include "io/mem.h"

enum { REASON_MAX = 256, VIPS_TEXT_MAX = 255 * ADDR_TEXT_MAX };

static const enum msg_id entering[] = {
	[VRRP_INIT] = MSG_STOPPED,
	[VRRP_BACKUP] = MSG_ENTER_BACKUP,
	[VRRP_MASTER] = MSG_ENTER_MASTER,
	[VRRP_FAULT] = MSG_ENTER_FAULT,
};

static const enum notify_script scripts[] = {
	[NOTIFY_MASTER] = NOTIFY_SCRIPT_MASTER,
	[NOTIFY_BACKUP] = NOTIFY_SCRIPT_BACKUP,
	[NOTIFY_FAULT] = NOTIFY_SCRIPT_FAULT,
	[NOTIFY_STOP] = NOTIFY_SCRIPT_STOP,
};

static void tell_state(const struct model *model, const struct action *a)
{
	char reason[REASON_MAX];
	struct text t = TEXT(reason);
	struct msg m = { .id = entering[a->state.to] };

	if (a->state.from == VRRP_INIT && a->state.to == VRRP_BACKUP)
		m.id = MSG_ENTER_INIT;
	why_render(&t, &a->state.why);
	m.args[0] = MSG_S(model->node.instances[a->instance].name);
	m.args[1] = MSG_S(reason);
	log_msg(&m);
}

static void print_vips(struct text *t, const struct instance_conf *conf)
{
	text_str(t, "");
	for (uint16_t i = 0; i < conf->vip_count; i++) {
		if (i > 0)
			text_char(t, ' ');
		text_addr(t, &conf->vips[i].addr);
	}
}

/* |name|: whose notifications run one after the other. */
static void call(const struct report *r, const char *name, const struct notify_conf *conf,
		 enum notify_script script, const struct notify_facts *facts)
{
	struct notify_call calls[2];
	struct arena arena;
	uint32_t count = 0;
	int err;

	mem_arena(&arena);
	err = notify_calls(conf, script, facts, &arena, calls, &count);
	if (err < 0)
		log_fmt(MSG_ERR, "(%s) no notification of %s: %s", name, facts->state,
			err_text(err));
	for (uint32_t i = 0; err == 0 && i < count; i++)
		workerlink_notify(r->worker, name, &calls[i]);
	arena_done(&arena);
}

static void notify(const struct report *r, const struct model *model, const struct action *a,
		   const struct action *state)
{
	const struct instance_conf *conf = &model->node.instances[a->instance];
	char reason[REASON_MAX] = "", vips[VIPS_TEXT_MAX];
	struct text reason_text = TEXT(reason), vips_text = TEXT(vips);
	struct notify_facts facts = {
		.instance = conf->name,
		.group = model->more[a->instance].group,
		.state = notify_state_name(a->notify.state),
		.reason = reason,
		.interface = model->node.links[conf->link],
		.vips = vips,
		.router_id = model->router_id != NULL ? model->router_id : r->host_name,
		.priority = a->notify.priority,
		.vrid = conf->vrid,
	};

	print_vips(&vips_text, conf);
	if (state != NULL && state->instance == a->instance) {
		why_render(&reason_text, &state->state.why);
		facts.before = vrrp_state_name(state->state.from);
	}
	call(r, conf->name, &model->notifies[a->instance], scripts[a->notify.state], &facts);
}

static void tell_group(const struct report *r, const struct model *model, const struct action *a)
{
	const char *name = model->node.groups[a->group.group].name;
	const char *state = notify_state_name(a->group.state);
	const struct notify_facts facts = {
		.group = name,
		.state = state,
		.router_id = model->router_id != NULL ? model->router_id : r->host_name,
	};

	if (a->group.state != NOTIFY_STOP)
		log_msg(&(struct msg){ MSG_GROUP_STATE, { MSG_S(name), MSG_S(state) } });
	call(r, name, &model->groups[a->group.group].notify, scripts[a->group.state], &facts);
}

void report_actions(const struct report *r, const struct model *model, const struct action *list,
		    uint32_t count)
{
	const struct action *state = NULL;

	for (uint32_t i = 0; i < count; i++) {
		const struct action *a = &list[i];

		switch (a->kind) {
		case ACT_STATE:
			state = a;
			tell_state(model, a);
			break;
		case ACT_NOTIFY:
			notify(r, model, a, state);
			break;
		case ACT_GROUP:
			tell_group(r, model, a);
			break;
		case ACT_LOG:
			log_msg(&a->log);
			break;
		case ACT_SEND:
		case ACT_ADDR_ADD:
		case ACT_ADDR_DEL:
		case ACT_ROUTE_ADD:
		case ACT_ROUTE_DEL:
		case ACT_ANNOUNCE:
			break;
		}
	}
}
