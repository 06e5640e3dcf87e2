#include "sim/main_replay.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

enum { LINE_MAX_LEN = 32768, DATAGRAM_MAX = 8192 };

/* ---- recording -------------------------------------------------------------------------- */

void recorder_step(struct recorder *r, const struct world *w, const struct stepped *s)
{
	const struct host *h = &w->hosts[s->host];
	char buf[LINE_MAX_LEN];
	struct text line = TEXT(buf);

	if (s->host != r->host)
		return;
	if (r->start != h->starts)
		fprintf(r->file, "{\"trace\":1,\"seed\":%llu,\"nodes\":%u,\"host\":%u}\n",
			(unsigned long long)r->seed, r->nodes, r->host + 1u);
	r->start = h->starts;
	node_trace(&line, &h->node, s->now, s->ev, s->out);
	fprintf(r->file, "%s\n", buf);
	r->lines++;
}

/* ---- reading an event ------------------------------------------------------------------- */

/* A line of a recording, taken apart. */
struct line {
	const json_t *json;
	const struct node_conf *conf;
	uint8_t datagram[DATAGRAM_MAX];
};

static const char *string(const struct line *l, const char *key)
{
	const char *s = json_string_value(json_object_get(l->json, key));

	return s != NULL ? s : "";
}

static json_int_t number(const struct line *l, const char *key)
{
	return json_integer_value(json_object_get(l->json, key));
}

static int find(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (names[i] != NULL && strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

#define FIND(names, name) find((names), sizeof(names) / sizeof((names)[0]), (name))

static bool read_address(const char *s, struct addr *ret)
{
	if (strcmp(s, "-") == 0) {
		*ret = (struct addr){ .family = ADDR_NONE };
		return true;
	}
	return addr_parse(s, strlen(s), ret) == 0;
}

static bool read_packet(struct line *l, struct event *ev)
{
	const char *hex = string(l, "pkt");
	size_t len = strlen(hex) / 2;
	int link = find(l->conf->links, l->conf->link_count, string(l, "link"));

	if (link < 0 || len > sizeof(l->datagram))
		return false;
	for (size_t i = 0; i < len; i++) {
		char two[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
		char *end;

		l->datagram[i] = (uint8_t)strtoul(two, &end, 16);
		if (*end != '\0')
			return false;
	}
	ev->packet.link = (uint16_t)link;
	ev->packet.datagram = (struct bytes){ l->datagram, len };
	return true;
}

static bool read_link(const struct line *l, struct event *ev)
{
	int link = find(l->conf->links, l->conf->link_count, string(l, "link"));

	ev->link.link = (uint16_t)link;
	ev->link.up = json_is_true(json_object_get(l->json, "up"));
	return link >= 0 && read_address(string(l, "src"), &ev->link.source) &&
	       read_address(string(l, "src6"), &ev->link.source6);
}

static bool read_check(const struct line *l, struct event *ev)
{
	static const char *const verdicts[] = {
		[VERDICT_UNKNOWN] = "unknown",
		[VERDICT_UP] = "up",
		[VERDICT_DOWN] = "down",
	};
	int check = find(l->conf->checks, l->conf->check_count, string(l, "check"));
	int verdict = FIND(verdicts, string(l, "verdict"));

	ev->check.check = (uint16_t)check;
	ev->check.verdict = (enum verdict)verdict;
	ev->check.value = (int32_t)number(l, "value");
	return check >= 0 && verdict >= 0;
}

static bool read_result(const struct line *l, struct event *ev)
{
	static const char *const kinds[] = {
		[ACT_SEND] = "adv",
		[ACT_ADDR_ADD] = "vip+",
		[ACT_ADDR_DEL] = "vip-",
		[ACT_ANNOUNCE] = "garp",
	};
	int kind = FIND(kinds, string(l, "of"));

	ev->result.action = (uint64_t)number(l, "id");
	ev->result.instance = (uint32_t)number(l, "inst");
	ev->result.kind = (uint8_t)kind;
	ev->result.item = (uint16_t)number(l, "item");
	ev->result.err = (int)number(l, "err");
	return kind >= 0 && ev->result.instance < l->conf->instance_count;
}

static bool read_event(struct line *l, struct event *ret)
{
	static const char *const names[] = {
		[EV_START] = "start",   [EV_STOP] = "stop",     [EV_DEADLINE] = "deadline",
		[EV_PACKET] = "packet", [EV_LINK] = "link",     [EV_CHECK] = "check",
		[EV_LOST] = "lost",     [EV_RESULT] = "result",
	};
	int kind = FIND(names, string(l, "ev"));

	if (kind < 0)
		return false;
	*ret = (struct event){ .kind = (enum event_kind)kind };
	switch (ret->kind) {
	case EV_START:
	case EV_STOP:
	case EV_DEADLINE:
		return true;
	case EV_PACKET:
		return read_packet(l, ret);
	case EV_LINK:
		return read_link(l, ret);
	case EV_CHECK:
		return read_check(l, ret);
	case EV_LOST:
		ret->lost.instance = (uint32_t)number(l, "inst");
		ret->lost.item = (uint16_t)number(l, "item");
		return ret->lost.instance < l->conf->instance_count;
	case EV_RESULT:
		return read_result(l, ret);
	}
	return false;
}

/* ---- living through it again ------------------------------------------------------------ */

struct replay {
	const char *path;
	struct arena arena;
	const struct node_conf *conf; /* NULL: no header yet */
	struct node node;
	uint64_t line, steps, differ;
};

static void *get_block(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void put_block(void *ctx, void *block)
{
	(void)ctx;
	free(block);
}

static int complain(const struct replay *r, const char *what)
{
	fprintf(stderr, "buoy-sim: %s:%llu: %s\n", r->path, (unsigned long long)r->line, what);
	return 2;
}

/* The node whose life the header begins, made as the swarm made it. */
static int begin_life(struct replay *r, const struct line *l)
{
	json_int_t nodes = number(l, "nodes"), host = number(l, "host");
	struct host_conf *hosts;
	struct swarm_options o;

	if (number(l, "trace") != 1 || nodes < 2 || nodes > SIM_HOSTS_MAX || host < 1 ||
	    host > nodes)
		return complain(r, "a header that is not understood");
	arena_done(&r->arena);
	swarm_draw(&o, (uint64_t)number(l, "seed"), (uint8_t)nodes);
	hosts = arena_array(&r->arena, SIM_HOSTS_MAX, sizeof(*hosts));
	if (hosts == NULL || cluster_make(&o.cluster, &r->arena, hosts) != 0 ||
	    node_init(&r->node, hosts[host - 1].node, &r->arena) != 0)
		return complain(r, "out of memory");
	r->conf = hosts[host - 1].node;
	return 0;
}

static int live(struct replay *r, struct line *l, const char *recorded)
{
	char buf[LINE_MAX_LEN];
	struct text again = TEXT(buf);
	struct actions out;
	struct event ev;

	l->conf = r->conf;
	if (r->conf == NULL)
		return complain(r, "a step before any header");
	if (!json_is_integer(json_object_get(l->json, "t")) || !read_event(l, &ev))
		return complain(r, "a step that is not understood");
	node_step(&r->node, (usec_t)number(l, "t"), &ev, &out);
	node_trace(&again, &r->node, (usec_t)number(l, "t"), &ev, &out);
	r->steps++;
	if (strcmp(buf, recorded) == 0)
		return 0;
	if (r->differ++ == 0)
		printf("%s:%llu:\n  recorded  %s\n  replayed  %s\n", r->path,
		       (unsigned long long)r->line, recorded, buf);
	return 0;
}

static int take_line(struct replay *r, char *text)
{
	static struct line l;
	json_error_t error;
	json_t *json;
	int status;

	text[strcspn(text, "\n")] = '\0';
	json = json_loads(text, 0, &error);
	if (json == NULL)
		return complain(r, error.text);
	l.json = json;
	status = json_object_get(json, "trace") != NULL ? begin_life(r, &l) : live(r, &l, text);
	json_decref(json);
	return status;
}

int replay_main(const char *path)
{
	struct replay r = { .path = path };
	static char text[LINE_MAX_LEN];
	FILE *f = fopen(path, "r");
	int status = 0;

	if (f == NULL) {
		perror(path);
		return 2;
	}
	arena_init(&r.arena, get_block, put_block, NULL);
	while (status == 0 && fgets(text, sizeof(text), f) != NULL) {
		r.line++;
		status = take_line(&r, text);
	}
	fclose(f);
	arena_done(&r.arena);
	if (status != 0)
		return status;
	if (r.steps == 0)
		return complain(&r, "no step in it");
	printf("replay: %llu steps, %llu differ\n", (unsigned long long)r.steps,
	       (unsigned long long)r.differ);
	return r.differ > 0;
}
