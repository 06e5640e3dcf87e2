#include "worker/outbox.h"

#include <sys/epoll.h>

#include "base/err.h"

void outbox_init(struct outbox *o, int fd, sd_event_source *io)
{
	*o = (struct outbox){ .fd = fd, .io = io };
	o->last = &o->first;
}

static void take_first(struct outbox *o)
{
	struct letter *l = o->first;

	o->first = l->next;
	if (o->first == NULL)
		o->last = &o->first;
	l->next = NULL;
	l->waiting = false;
	if (l->gone != NULL)
		l->gone(l);
}

static int send_letter(const struct outbox *o, const struct letter *l)
{
	return ipc_send(o->fd, &(struct ipc_message){ .kind = l->kind,
						      .id = l->id,
						      .outcome = (uint8_t)l->end.outcome,
						      .code = l->end.code,
						      .duration_us = l->end.duration_us,
						      .text = l->end.detail });
}

void outbox_flush(struct outbox *o)
{
	int r = 0;

	while (o->first != NULL && !o->closed) {
		r = send_letter(o, o->first);
		if (r != 0)
			break;
		take_first(o);
	}
	if (o->closed)
		return;
	if (r != 0 && r != E_AGAIN) {
		outbox_close(o);
		return;
	}
	(void)sd_event_source_set_io_events(o->io, o->first != NULL ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void outbox_post(struct outbox *o, struct letter *l)
{
	if (!l->waiting) {
		*o->last = l;
		o->last = &l->next;
		l->waiting = true;
	}
	if (o->closed)
		take_first(o);
	else
		outbox_flush(o);
}

void outbox_withdraw(struct outbox *o, struct letter *l)
{
	struct letter **link = &o->first;

	if (!l->waiting)
		return;
	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	if (o->last == &l->next)
		o->last = link;
	l->next = NULL;
	l->waiting = false;
}

void outbox_close(struct outbox *o)
{
	o->closed = true;
	while (o->first != NULL)
		take_first(o);
}
