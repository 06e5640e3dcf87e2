#include "worker/notes.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"
#include "io/clock.h"
#include "worker/command.h"

/* How long a queue waits for one that was killed. */
#define NOTES_REAP_US USEC_PER_SEC

struct note {
	struct note *next;       /* in its queue */
	struct note *next_ready; /* in notes.ready */
	struct notes *owner;
	struct queue *queue;
	struct ipc_command command;
	struct run *run;
	sd_event_source *timer;
	bool told; /* its letter has been posted and is no longer ours */
	struct letter *letter;
};

struct queue {
	struct queue *next; /* in its bucket */
	uint32_t id;
	struct note *first, **last; /* the first may be running */
};

static struct queue *get_queue(struct notes *all, uint32_t id)
{
	struct queue **bucket = &all->queues[id % NOTES_BUCKETS], *q;

	for (q = *bucket; q != NULL; q = q->next)
		if (q->id == id)
			return q;
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return NULL;
	q->id = id;
	q->last = &q->first;
	q->next = *bucket;
	*bucket = q;
	return q;
}

static void free_letter(struct letter *l)
{
	free(l);
}

static void release(struct note *n)
{
	sd_event_source_disable_unref(n->timer);
	command_done(&n->command);
	if (!n->told)
		free(n->letter);
	free(n);
}

static void tell(struct note *n, const struct run_end *end)
{
	n->told = true;
	n->letter->end = *end;
	outbox_post(n->owner->outbox, n->letter);
}

static void start_soon(struct notes *all)
{
	(void)sd_event_source_set_enabled(all->starter, SD_EVENT_ONESHOT);
}

static void make_ready(struct note *n)
{
	*n->owner->ready_last = n;
	n->owner->ready_last = &n->next_ready;
	start_soon(n->owner);
}

/* Takes |n|, the first of its queue, out of it and frees it. The next of the queue is ready then.
 */
static void leave_queue(struct note *n)
{
	struct queue *q = n->queue;

	assert(q->first == n);
	q->first = n->next;
	if (q->first == NULL)
		q->last = &q->first;
	else
		make_ready(q->first);
	release(n);
}

static void over(struct note *n)
{
	struct notes *all = n->owner;

	all->running--;
	leave_queue(n);
	start_soon(all);
}

static void on_end(void *ctx, const struct run_end *end)
{
	struct note *n = ctx;

	n->run = NULL;
	if (!n->told)
		tell(n, end);
	over(n);
}

/* First its timeout, then, if it is still there, the end of the queue's patience. */
static int on_timer(sd_event_source *source, uint64_t when, void *ctx)
{
	struct note *n = ctx;
	struct run_end end = { .outcome = PROBE_TIMEOUT, .duration_us = n->command.timeout_us };

	(void)when;
	if (n->told) {
		run_abandon(n->run);
		over(n);
		return 0;
	}
	run_detail(n->run, end.detail);
	run_terminate(n->run);
	tell(n, &end);
	(void)sd_event_source_set_time(source, clock_now() + RUN_GRACE_US + NOTES_REAP_US);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void start(struct note *n)
{
	struct notes *all = n->owner;
	struct script_user user;
	struct run_end failed;

	if (run_user(&n->command, &user, &failed))
		n->run = run_start(all->runner, &n->command, &user, RUN_NOTIFY, on_end, n, &failed);
	if (n->run == NULL) {
		tell(n, &failed);
		leave_queue(n);
		return;
	}
	all->running++;
	(void)sd_event_source_set_time(n->timer, clock_now() + n->command.timeout_us);
	(void)sd_event_source_set_enabled(n->timer, SD_EVENT_ONESHOT);
}

static int on_starter(sd_event_source *source, void *ctx)
{
	struct notes *all = ctx;

	(void)source;
	while (all->ready != NULL && all->running < NOTES_RUNNING_MAX) {
		struct note *n = all->ready;

		all->ready = n->next_ready;
		if (all->ready == NULL)
			all->ready_last = &all->ready;
		n->next_ready = NULL;
		all->waiting--;
		start(n);
	}
	return 0;
}

int notes_init(struct notes *all, struct runner *runner, struct outbox *outbox)
{
	*all = (struct notes){ .runner = runner, .outbox = outbox };
	all->ready_last = &all->ready;
	if (sd_event_add_defer(runner->event, &all->starter, on_starter, all) < 0)
		return E_NOMEM;
	(void)sd_event_source_set_enabled(all->starter, SD_EVENT_OFF);
	return 0;
}

int notes_add(struct notes *all, const struct ipc_message *m)
{
	struct queue *q = get_queue(all, m->queue);
	struct note *n = calloc(1, sizeof(*n));

	if (q == NULL || n == NULL) {
		free(n);
		return E_NOMEM;
	}
	n->owner = all;
	n->queue = q;
	n->letter = calloc(1, sizeof(*n->letter));
	if (n->letter == NULL || command_copy(&m->command, &n->command) != 0 ||
	    sd_event_add_time(all->runner->event, &n->timer, CLOCK_MONOTONIC, 0, 1, on_timer, n) <
		    0) {
		release(n);
		return E_NOMEM;
	}
	(void)sd_event_source_set_enabled(n->timer, SD_EVENT_OFF);
	*n->letter = (struct letter){ .kind = IPC_NOTIFIED, .id = m->id, .gone = free_letter };
	if (q->first == NULL)
		make_ready(n);
	*q->last = n;
	q->last = &n->next;
	all->waiting++;
	return 0;
}

bool notes_idle(const struct notes *all)
{
	return all->running == 0 && all->waiting == 0;
}

/* Frees |n| and all behind it. */
static void release_from(struct notes *all, struct note *n)
{
	while (n != NULL) {
		struct note *next = n->next;

		if (n->run != NULL)
			run_abandon(n->run);
		else
			all->waiting--;
		release(n);
		n = next;
	}
}

static bool started(const struct note *n)
{
	return n != NULL && n->run != NULL;
}

void notes_drop_waiting(struct notes *all)
{
	all->ready = NULL;
	all->ready_last = &all->ready;
	for (size_t i = 0; i < NOTES_BUCKETS; i++) {
		for (struct queue *q = all->queues[i]; q != NULL; q = q->next) {
			struct note **from = started(q->first) ? &q->first->next : &q->first;

			release_from(all, *from);
			*from = NULL;
			q->last = from;
		}
	}
}

void notes_done(struct notes *all)
{
	all->starter = sd_event_source_disable_unref(all->starter);
	for (size_t i = 0; i < NOTES_BUCKETS; i++) {
		while (all->queues[i] != NULL) {
			struct queue *q = all->queues[i];

			all->queues[i] = q->next;
			release_from(all, q->first);
			free(q);
		}
	}
}
