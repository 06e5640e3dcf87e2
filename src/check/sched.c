#include "check/sched.h"

#include <assert.h>

/* Moves |next| along the grid until it is later than |t|. */
static void pass(struct sched *s, usec_t t)
{
	if (s->next <= t)
		s->next += s->interval_us * ((t - s->next) / s->interval_us + 1);
}

void sched_init(struct sched *s, usec_t interval_us, usec_t timeout_us, usec_t now)
{
	assert(interval_us > 0 && timeout_us > 0);
	*s = (struct sched){ .interval_us = interval_us, .timeout_us = timeout_us, .next = now };
}

usec_t sched_deadline(const struct sched *s)
{
	return s->running ? s->deadline : s->next;
}

bool sched_may_start(const struct sched *s, usec_t now)
{
	return !s->running && now >= s->next;
}

void sched_started(struct sched *s, usec_t now)
{
	assert(!s->running);
	s->running = true;
	s->timed_out = false;
	s->deadline = now + s->timeout_us;
	pass(s, now);
}

bool sched_timed_out(struct sched *s, usec_t now)
{
	if (!s->running || now < s->deadline)
		return false;
	pass(s, s->deadline - s->timeout_us);
	s->deadline = usec_max(now, s->next) + s->timeout_us;
	s->timed_out = true;
	return true;
}

bool sched_ended(struct sched *s, usec_t now)
{
	(void)now;
	assert(s->running);
	s->running = false;
	return !s->timed_out;
}
