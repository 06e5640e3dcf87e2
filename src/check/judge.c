#include "check/judge.h"

static usec_t patience(const struct check_conf *c)
{
	return c->interval_us + c->timeout_us + JUDGE_SLACK_US;
}

static bool turn(struct judge *j, enum judge_verdict to)
{
	bool changed = j->verdict != to;

	j->verdict = to;
	j->streak = 0;
	return changed;
}

void judge_init(struct judge *j, const struct check_conf *conf, usec_t now)
{
	*j = (struct judge){
		.conf = conf,
		.verdict = conf->init_fail ? JUDGE_DOWN : JUDGE_UNKNOWN,
		.stale_at = now + patience(conf),
	};
}

static bool weigh(struct judge *j, enum judge_verdict says)
{
	uint32_t needed = j->verdict == JUDGE_UP ? j->conf->fall : j->conf->rise;

	if (says == j->verdict) {
		j->streak = 0;
		return false;
	}
	j->streak++;
	return j->streak >= needed && turn(j, says);
}

bool judge_result(struct judge *j, usec_t now, enum probe_outcome outcome, int32_t code,
		  usec_t duration_us)
{
	enum judge_verdict says = outcome == PROBE_OK ? JUDGE_UP : JUDGE_DOWN;
	enum judge_verdict stood = j->stale ? j->before_stale : j->verdict;
	/* The first result decides alone; and what silence has taken, one success gives back. */
	bool alone = stood == JUDGE_UNKNOWN || (j->stale && stood == JUDGE_UP);

	j->stale = false;
	j->result_at = now;
	j->stale_at = now + patience(j->conf);
	j->outcome = outcome;
	j->code = code;
	j->duration_us = duration_us;
	return alone ? turn(j, says) : weigh(j, says);
}

usec_t judge_deadline(const struct judge *j)
{
	return j->stale ? USEC_NEVER : j->stale_at;
}

bool judge_due(struct judge *j, usec_t now)
{
	if (j->stale || now < j->stale_at)
		return false;
	j->stale = true;
	j->before_stale = j->verdict;
	return turn(j, JUDGE_DOWN);
}

static usec_t tenths(usec_t us)
{
	return us - us % (USEC_PER_SEC / 10);
}

void judge_reason(struct text *t, const struct judge *j, usec_t now)
{
	if (j->stale) {
		usec_t since = j->stale_at - patience(j->conf);

		text_str(t, "no result for ");
		text_seconds(t, tenths(usec_max(now, since) - since));
		text_str(t, " s: the worker does not answer");
		return;
	}
	if (j->result_at == 0) {
		text_str(t, "no result yet");
		return;
	}
	probe_reason(t, j->outcome, j->code, j->conf->timeout_us);
}
