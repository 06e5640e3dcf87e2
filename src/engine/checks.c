#include "engine/checks.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "io/log.h"

enum { REASON_MAX = 256 };

static void reschedule(struct checks *c, struct check_state *s)
{
	heap_move(&c->heap, &s->due, judge_deadline(&s->judge));
}

int checks_init(struct checks *c, const struct check_conf *conf, uint16_t count, usec_t now,
		struct arena *arena)
{
	*c = (struct checks){
		.list = arena_array(arena, count, sizeof(*c->list)),
		.count = count,
		.heap.slots = arena_array(arena, count, sizeof(*c->heap.slots)),
	};
	if (c->list == NULL || c->heap.slots == NULL)
		return E_NOMEM;
	for (uint16_t i = 0; i < count; i++) {
		struct check_state *s = &c->list[i];

		judge_init(&s->judge, &conf[i], now);
		s->since = now;
		s->due = (struct heap_item){ .when = judge_deadline(&s->judge), .id = i };
		heap_add(&c->heap, &s->due);
	}
	return 0;
}

static const struct check_state *find_same(const struct checks *c, const struct check_conf *conf)
{
	for (uint16_t i = 0; i < c->count; i++) {
		const struct check_conf *other = c->list[i].judge.conf;

		if (strcmp(other->name, conf->name) == 0 && check_conf_same(other, conf))
			return &c->list[i];
	}
	return NULL;
}

void checks_inherit(struct checks *next, const struct checks *prev)
{
	for (uint16_t i = 0; i < next->count; i++) {
		struct check_state *s = &next->list[i];
		const struct check_conf *conf = s->judge.conf;
		const struct check_state *old = find_same(prev, conf);

		if (old == NULL)
			continue;
		s->judge = old->judge;
		s->judge.conf = conf;
		s->since = old->since;
		memcpy(s->detail, old->detail, sizeof(s->detail));
		reschedule(next, s);
	}
}

static void log_verdict(const struct check_state *s, usec_t now)
{
	const struct judge *j = &s->judge;
	char buf[REASON_MAX];
	struct text t = TEXT(buf);

	if (j->verdict == JUDGE_UP) {
		log_fmt(MSG_INFO, "VRRP_Script(%s) succeeded", j->conf->name);
		return;
	}
	if (j->outcome == PROBE_EXIT && !j->stale)
		text_fmt(&t, "exited with status %d", j->code);
	else
		judge_reason(&t, j, now);
	log_fmt(MSG_INFO, "VRRP_Script(%s) failed (%s)%s%s", j->conf->name, buf,
		s->detail[0] != '\0' ? ": " : "", s->detail);
}

/* keepalived logs a change of the exit status even where the verdict stays. */
static void log_status(const struct judge *before, const struct judge *now)
{
	bool is_status = now->outcome == PROBE_OK || now->outcome == PROBE_EXIT;
	bool was_status = before->outcome == PROBE_OK || before->outcome == PROBE_EXIT;

	if (!is_status || (before->result_at == 0 && now->code == 0))
		return;
	if (before->result_at == 0 || !was_status || before->code != now->code)
		log_fmt(MSG_INFO, "Script `%s` now returning %d", now->conf->name, now->code);
}

bool checks_result(struct checks *c, usec_t now, uint16_t id, enum probe_outcome outcome,
		   int32_t code, usec_t duration_us, const char *detail)
{
	struct check_state *s = &c->list[id];
	struct text t = TEXT(s->detail);
	struct judge before = s->judge;
	bool changed = judge_result(&s->judge, now, outcome, code, duration_us);

	s->detail[0] = '\0';
	text_str(&t, detail);
	reschedule(c, s);
	log_status(&before, &s->judge);
	if (!changed)
		return false;
	s->since = now;
	log_verdict(s, now);
	return true;
}

usec_t checks_deadline(const struct checks *c)
{
	const struct heap_item *first = heap_first(&c->heap);

	return first != NULL ? first->when : USEC_NEVER;
}

bool checks_take_due(struct checks *c, usec_t now, uint16_t *ret_id, bool *ret_changed)
{
	const struct heap_item *first = heap_first(&c->heap);
	struct check_state *s;
	bool changed;

	if (first == NULL || first->when > now)
		return false;
	s = &c->list[first->id];
	changed = judge_due(&s->judge, now);
	reschedule(c, s);
	if (changed) {
		s->since = now;
		s->detail[0] = '\0';
		log_verdict(s, now);
	}
	*ret_id = (uint16_t)s->due.id;
	*ret_changed = changed;
	return true;
}

enum verdict checks_verdict(const struct checks *c, uint16_t id)
{
	static const enum verdict verdicts[] = {
		[JUDGE_UNKNOWN] = VERDICT_UNKNOWN,
		[JUDGE_UP] = VERDICT_UP,
		[JUDGE_DOWN] = VERDICT_DOWN,
	};

	return verdicts[c->list[id].judge.verdict];
}
