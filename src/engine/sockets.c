#include "engine/sockets.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/err.h"
#include "core/receive.h"
#include "engine/priority.h"

enum {
	BATCHES_PER_WAKE = 8, /* then whatever else is due gets its turn */
	BATCHES_PER_DRAIN = 256,
};

int sockets_init(struct sockets *s, const struct node_conf *conf, sd_event *event,
		 const struct sockets_owner *owner, struct arena *arena)
{
	*s = (struct sockets){
		.list = arena_array(arena, conf->link_count, sizeof(*s->list)),
		.event = event,
		.owner = owner,
		.batch = arena_new(arena, struct rawsock_batch),
	};
	if (s->list == NULL || s->batch == NULL)
		return E_NOMEM;
	s->count = conf->link_count;
	for (uint16_t i = 0; i < s->count; i++)
		s->list[i] = (struct link_sockets){
			.all = s, .link = i, .receiver = -1, .stray = -1, .sender = -1
		};
	for (uint32_t i = 0; i < conf->instance_count; i++) {
		struct link_sockets *l = &s->list[conf->instances[i].link];

		l->instances++;
		vrid_set_add(&l->ours, conf->instances[i].vrid);
	}
	return 0;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_link(struct link_sockets *l)
{
	if (l->receiver >= 0)
		l->lost += rawsock_lost(l->receiver);
	l->source = sd_event_source_disable_unref(l->source);
	close_one(&l->receiver);
	close_one(&l->stray);
	close_one(&l->sender);
	l->ifindex = 0;
}

void sockets_done(struct sockets *s)
{
	for (uint16_t i = 0; i < s->count; i++) {
		close_link(&s->list[i]);
		free(s->list[i].strays);
	}
	s->count = 0;
}

/* ---- receiving -------------------------------------------------------------------------- */

/* Returns how many were handed over; fewer than a batch: there is nothing left. */
static uint32_t receive_batch(struct link_sockets *l)
{
	struct sockets *s = l->all;
	uint32_t n = rawsock_receive(l->receiver, s->batch);

	for (uint32_t i = 0; i < n; i++)
		s->owner->packet(s->owner->ctx, l->link, s->batch->arrived[i],
				 s->batch->packets[i]);
	return n;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct link_sockets *l = ctx;

	(void)source, (void)fd, (void)revents;
	for (int i = 0; i < BATCHES_PER_WAKE; i++)
		if (receive_batch(l) < RAWSOCK_BATCH)
			break;
	l->all->owner->quiet(l->all->owner->ctx);
	return 0;
}

void sockets_drain(struct sockets *s)
{
	for (uint16_t i = 0; i < s->count; i++)
		for (int n = 0; s->list[i].receiver >= 0 && n < BATCHES_PER_DRAIN; n++)
			if (receive_batch(&s->list[i]) < RAWSOCK_BATCH)
				break;
}

static void note_stray(struct link_sockets *l, const struct received *r, usec_t now)
{
	struct stray *stray;

	if (!r->has_vrid) {
		l->nameless++;
		return;
	}
	if (l->strays == NULL)
		l->strays = calloc(256, sizeof(*l->strays));
	if (l->strays == NULL)
		return;
	stray = &l->strays[r->vrid];
	stray->packets++;
	stray->source = r->ip.src;
	stray->at = now;
	stray->priority = r->ip.payload.len > 2 ? r->ip.payload.p[2] : 0;
}

/* What has waited here may be ten seconds old. It is counted, and never acted on: a VRID that is
 * ours is not looked at, should one have come before the filter knew it. */
static void take_stray(struct link_sockets *l, struct bytes datagram, usec_t now)
{
	struct sockets *s = l->all;
	struct received r;

	if (packet_open(datagram, &r) == DROP_NONE) {
		if (r.has_vrid && vrid_set_has(&l->ours, r.vrid))
			return;
		note_stray(l, &r, now);
	}
	s->owner->packet(s->owner->ctx, l->link, now, datagram);
}

void sockets_drain_strays(struct sockets *s, usec_t now)
{
	for (uint16_t i = 0; i < s->count; i++) {
		struct link_sockets *l = &s->list[i];
		uint32_t n = RAWSOCK_BATCH;

		for (int b = 0; l->stray >= 0 && n == RAWSOCK_BATCH && b < BATCHES_PER_DRAIN; b++) {
			n = rawsock_receive(l->stray, s->batch);
			for (uint32_t p = 0; p < n; p++)
				take_stray(l, s->batch->packets[p], now);
		}
	}
}

uint64_t sockets_lost(const struct sockets *s, uint16_t link)
{
	const struct link_sockets *l = &s->list[link];

	return l->lost + (l->receiver >= 0 ? rawsock_lost(l->receiver) : 0);
}

/* ---- opening ---------------------------------------------------------------------------- */

static int open_link(struct link_sockets *l, const struct link *state)
{
	int err;

	l->receiver = rawsock_open_receiver(state->name, state->ifindex, &l->ours, l->instances);
	if (l->receiver < 0)
		return l->receiver;
	l->stray = rawsock_open_stray(state->name, &l->ours);
	if (l->stray < 0)
		return l->stray;
	l->sender = rawsock_open_sender(state->name, state->ifindex);
	if (l->sender < 0)
		return l->sender;
	if (l->all->event == NULL)
		return 0;
	err = sd_event_add_io(l->all->event, &l->source, l->receiver, EPOLLIN, on_readable, l);
	if (err >= 0)
		err = sd_event_source_set_priority(l->source, PRIORITY_PACKETS);
	return err < 0 ? E_NOMEM : 0;
}

int sockets_follow(struct sockets *s, uint16_t link, const struct link *state)
{
	struct link_sockets *l = &s->list[link];

	if (l->instances == 0)
		return 0;
	if (l->ifindex != state->ifindex)
		close_link(l);
	if (state->ifindex == 0 || l->ifindex == state->ifindex) {
		l->err = 0;
		return state->ifindex == 0 ? E_NODEV : 0;
	}
	l->err = open_link(l, state);
	if (l->err < 0)
		close_link(l);
	else
		l->ifindex = state->ifindex;
	return l->err;
}

int sockets_send(struct sockets *s, uint16_t link, struct bytes datagram)
{
	struct link_sockets *l = &s->list[link];

	return l->sender >= 0 ? rawsock_send(l->sender, datagram) : E_NODEV;
}
