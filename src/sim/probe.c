#include "sim/probe.h"

enum { KILL_US = 10000 }; /* from the signal to the end of a script that hangs */

const char *check_kind_name(enum check_kind k)
{
	static const char *const names[] = {
		[CHECK_ALWAYS] = "always",     [CHECK_ALIVE] = "alive",
		[CHECK_WRITABLE] = "writable", [CHECK_REPLICA] = "replica",
		[CHECK_GATEWAY] = "gateway",
	};

	return names[k];
}

void probe_init(struct probe *p, const struct check_conf *conf, enum check_kind kind, usec_t run_us,
		usec_t now, usec_t first)
{
	*p = (struct probe){ .kind = kind, .run_us = run_us, .ends_at = USEC_NEVER };
	judge_init(&p->judge, conf, now);
	sched_init(&p->sched, conf->interval_us, conf->timeout_us, first);
}

usec_t probe_deadline(const struct probe *p)
{
	usec_t work = p->idle ? USEC_NEVER : usec_min(p->ends_at, sched_deadline(&p->sched));

	return usec_min(work, judge_deadline(&p->judge));
}

static bool run_ends(struct probe *p, usec_t now, enum sight sight)
{
	usec_t took = p->run_us;

	p->ends_at = USEC_NEVER;
	if (sight == SIGHT_HANGS && !p->broken && !p->sched.timed_out)
		return false;
	if (!sched_ended(&p->sched, now))
		return false;
	if (p->broken || sight == SIGHT_ILL)
		return judge_result(&p->judge, now, PROBE_EXIT, 1, took);
	return judge_result(&p->judge, now, PROBE_OK, 0, took);
}

bool probe_due(struct probe *p, usec_t now, enum sight sight)
{
	bool changed = false;

	if (!p->idle && p->ends_at <= now)
		changed |= run_ends(p, now, sight);
	if (!p->idle && sched_timed_out(&p->sched, now)) {
		changed |= judge_result(&p->judge, now, PROBE_TIMEOUT, 0, p->sched.timeout_us);
		p->ends_at = now + KILL_US;
	}
	if (!p->idle && sched_may_start(&p->sched, now)) {
		sched_started(&p->sched, now);
		p->ends_at = now + p->run_us;
	}
	changed |= judge_due(&p->judge, now);
	return changed;
}

void probe_idle(struct probe *p, usec_t now, bool idle)
{
	if (idle == p->idle)
		return;
	p->idle = idle;
	p->ends_at = USEC_NEVER;
	if (!idle)
		sched_init(&p->sched, p->sched.interval_us, p->sched.timeout_us, now);
}
