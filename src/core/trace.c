/* One step, one line: what came in, what changed and why, what goes out. A line holds all that
 * node_step() was given, so a recorded trace can be run again. */
#include "core/node.h"

static const char *const event_names[] = {
	[EV_START] = "start",   [EV_STOP] = "stop", [EV_DEADLINE] = "deadline",
	[EV_PACKET] = "packet", [EV_LINK] = "link", [EV_CHECK] = "check",
	[EV_RESULT] = "result", [EV_LOST] = "lost",
};

static const char *const verdict_names[] = {
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_UP] = "up",
	[VERDICT_DOWN] = "down",
};

static const char *const action_names[] = {
	[ACT_SEND] = "adv",         [ACT_ADDR_ADD] = "vip+",    [ACT_ADDR_DEL] = "vip-",
	[ACT_ROUTE_ADD] = "route+", [ACT_ROUTE_DEL] = "route-", [ACT_ANNOUNCE] = "garp",
	[ACT_NOTIFY] = "notify",    [ACT_STATE] = "state",      [ACT_GROUP] = "group",
	[ACT_LOG] = "log",
};

const char *vrrp_state_name(enum vrrp_state s)
{
	static const char *const names[] = {
		[VRRP_INIT] = "INIT",
		[VRRP_BACKUP] = "BACKUP",
		[VRRP_MASTER] = "MASTER",
		[VRRP_FAULT] = "FAULT",
	};

	return names[s];
}

const char *notify_state_name(enum notify_state s)
{
	static const char *const names[] = {
		[NOTIFY_MASTER] = "MASTER",
		[NOTIFY_BACKUP] = "BACKUP",
		[NOTIFY_FAULT] = "FAULT",
		[NOTIFY_STOP] = "STOP",
	};

	return names[s];
}

static void key(struct text *t, const char *name)
{
	text_fmt(t, ",\"%s\":", name);
}

static void key_json(struct text *t, const char *name, const char *value)
{
	key(t, name);
	text_json(t, value);
}

static void trace_packet(struct text *t, const struct node *n, const struct event *ev)
{
	key_json(t, "link", n->conf->links[ev->packet.link]);
	key(t, "pkt");
	text_char(t, '"');
	for (size_t i = 0; i < ev->packet.datagram.len; i++)
		text_fmt(t, "%02x", (unsigned)ev->packet.datagram.p[i]);
	text_char(t, '"');
}

static void trace_link(struct text *t, const struct node *n, const struct event *ev)
{
	key_json(t, "link", n->conf->links[ev->link.link]);
	text_fmt(t, ",\"up\":%s,\"src\":\"", ev->link.up ? "true" : "false");
	text_addr(t, &ev->link.source);
	text_str(t, "\",\"src6\":\"");
	text_addr(t, &ev->link.source6);
	text_char(t, '"');
}

static void trace_event(struct text *t, const struct node *n, const struct event *ev)
{
	switch (ev->kind) {
	case EV_START:
	case EV_STOP:
	case EV_DEADLINE:
		return;
	case EV_PACKET:
		trace_packet(t, n, ev);
		return;
	case EV_LINK:
		trace_link(t, n, ev);
		return;
	case EV_CHECK:
		key_json(t, "check", n->conf->checks[ev->check.check]);
		key_json(t, "verdict", verdict_names[ev->check.verdict]);
		text_fmt(t, ",\"value\":%d", ev->check.value);
		return;
	case EV_LOST:
		text_fmt(t, ",\"inst\":%u,\"item\":%u", ev->lost.instance, ev->lost.item);
		if (ev->lost.route)
			text_str(t, ",\"route\":true");
		return;
	case EV_RESULT:
		text_fmt(t, ",\"id\":%llu,\"inst\":%u,\"of\":\"%s\",\"item\":%u,\"err\":%d",
			 (unsigned long long)ev->result.action, ev->result.instance,
			 action_names[ev->result.kind], ev->result.item, ev->result.err);
		return;
	}
}

/* Instance, change of state and reason: the part of the line people look for. */
static void trace_state(struct text *t, const struct node *n, const struct actions *out)
{
	char buf[160];

	if (out->count == 0 || out->list[0].instance == INSTANCE_NONE)
		return;
	key_json(t, "in", n->conf->instances[out->list[0].instance].name);
	for (uint32_t i = 0; i < out->count; i++) {
		const struct action *a = &out->list[i];
		struct text why = TEXT(buf);

		if (a->kind != ACT_STATE)
			continue;
		text_fmt(t, ",\"st\":\"%s>%s\"", vrrp_state_name(a->state.from),
			 vrrp_state_name(a->state.to));
		why_render(&why, &a->state.why);
		key_json(t, "why", buf);
	}
}

static void trace_action(struct text *t, const struct node *n, const struct action *a)
{
	char buf[256];
	struct text line = TEXT(buf);

	text_str(&line, action_names[a->kind]);
	switch (a->kind) {
	case ACT_SEND:
		text_fmt(&line, " %u %s", a->send.priority, n->conf->links[a->send.link]);
		break;
	case ACT_ADDR_ADD:
	case ACT_ADDR_DEL:
	case ACT_ROUTE_ADD:
	case ACT_ROUTE_DEL:
		text_fmt(&line, " %u+%u", a->addrs.first, a->addrs.count);
		break;
	case ACT_ANNOUNCE:
		text_fmt(&line, " %u+%u x%u", a->addrs.first, a->addrs.count, a->addrs.repeat);
		break;
	case ACT_NOTIFY:
		text_fmt(&line, " %s %u", notify_state_name(a->notify.state), a->notify.priority);
		break;
	case ACT_STATE:
		text_fmt(&line, " %s", vrrp_state_name(a->state.to));
		break;
	case ACT_GROUP:
		text_fmt(&line, " %s %s", n->conf->groups[a->group.group].name,
			 notify_state_name(a->group.state));
		break;
	case ACT_LOG:
		text_char(&line, ' ');
		msg_render(&line, &a->log);
		break;
	}
	text_json(t, buf);
}

void node_trace(struct text *t, const struct node *n, usec_t now, const struct event *ev,
		const struct actions *out)
{
	text_fmt(t, "{\"t\":%llu,\"ev\":\"%s\"", (unsigned long long)now, event_names[ev->kind]);
	trace_event(t, n, ev);
	trace_state(t, n, out);
	key(t, "do");
	for (uint32_t i = 0; i < out->count; i++) {
		text_char(t, i == 0 ? '[' : ',');
		trace_action(t, n, &out->list[i]);
	}
	text_str(t, out->count == 0 ? "[]}" : "]}");
}
