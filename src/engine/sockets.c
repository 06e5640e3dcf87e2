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

static void init_link(struct sockets *s, uint16_t i)
{
	struct link_sockets *l = &s->list[i];

	*l = (struct link_sockets){ .all = s, .link = i, .sender4 = -1, .sender6 = -1 };
	for (int k = 0; k < RAWSOCK_KINDS; k++)
		l->channels[k] = (struct channel){
			.on = l, .kind = (enum rawsock_kind)k, .receiver = -1, .stray = -1
		};
}

static void count_in(struct channel *c, uint8_t vrid)
{
	c->instances++;
	vrid_set_add(&c->ours, vrid);
}

/* Version 2 hears authentication headers whether or not it has a key itself: a peer that has one is
 * to be told as a mismatch and not as silence. */
static void count_instance(struct sockets *s, const struct instance_conf *c)
{
	struct link_sockets *l = &s->list[c->link];

	l->instances++;
	count_in(&l->channels[c->family == ADDR_V6 ? RAWSOCK_IP6 : RAWSOCK_IP4], c->vrid);
	if (c->version == 2)
		count_in(&l->channels[RAWSOCK_AH4], c->vrid);
}

int sockets_init(struct sockets *s, const struct node_conf *conf, sd_event *event,
		 const struct sockets_owner *owner, struct arena *arena)
{
	*s = (struct sockets){
		.conf = conf,
		.list = arena_array(arena, conf->link_count, sizeof(*s->list)),
		.event = event,
		.owner = owner,
		.batch = arena_new(arena, struct rawsock_batch),
	};
	if (s->list == NULL || s->batch == NULL)
		return E_NOMEM;
	s->count = conf->link_count;
	for (uint16_t i = 0; i < s->count; i++)
		init_link(s, i);
	for (uint32_t i = 0; i < conf->instance_count; i++)
		count_instance(s, &conf->instances[i]);
	return 0;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_channel(struct channel *c)
{
	if (c->receiver >= 0)
		c->lost += rawsock_lost(c->receiver);
	c->source = sd_event_source_disable_unref(c->source);
	close_one(&c->receiver);
	close_one(&c->stray);
}

static void close_six(struct link_sockets *l)
{
	close_channel(&l->channels[RAWSOCK_IP6]);
	close_one(&l->sender6);
}

static void close_link(struct link_sockets *l)
{
	close_channel(&l->channels[RAWSOCK_IP4]);
	close_channel(&l->channels[RAWSOCK_AH4]);
	close_one(&l->sender4);
	close_six(l);
	l->ifindex = 0;
}

void sockets_done(struct sockets *s)
{
	for (uint16_t i = 0; i < s->count; i++) {
		close_link(&s->list[i]);
		for (int k = 0; k < RAWSOCK_KINDS; k++)
			free(s->list[i].channels[k].strays);
	}
	s->count = 0;
}

/* ---- receiving -------------------------------------------------------------------------- */

/* Returns how many were handed over; fewer than a batch: there is nothing left. */
static uint32_t receive_batch(struct channel *c)
{
	struct sockets *s = c->on->all;
	uint32_t n = rawsock_receive(c->kind, c->receiver, s->batch);

	for (uint32_t i = 0; i < n; i++)
		s->owner->packet(s->owner->ctx, c->on->link, s->batch->arrived[i],
				 s->batch->packets[i]);
	return n;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *ctx)
{
	struct channel *c = ctx;
	const struct sockets_owner *owner = c->on->all->owner;

	(void)source, (void)fd, (void)revents;
	for (int i = 0; i < BATCHES_PER_WAKE; i++)
		if (receive_batch(c) < RAWSOCK_BATCH)
			break;
	owner->quiet(owner->ctx);
	return 0;
}

static void drain(struct channel *c)
{
	for (int n = 0; c->receiver >= 0 && n < BATCHES_PER_DRAIN; n++)
		if (receive_batch(c) < RAWSOCK_BATCH)
			break;
}

void sockets_drain(struct sockets *s)
{
	for (uint16_t i = 0; i < s->count; i++)
		for (int k = 0; k < RAWSOCK_KINDS; k++)
			drain(&s->list[i].channels[k]);
}

static void note_stray(struct channel *c, const struct received *r, usec_t now)
{
	struct stray *stray;

	if (!r->has_vrid) {
		c->nameless++;
		return;
	}
	if (c->strays == NULL)
		c->strays = calloc(256, sizeof(*c->strays));
	if (c->strays == NULL)
		return;
	stray = &c->strays[r->vrid];
	stray->packets++;
	stray->source = r->ip.src;
	stray->at = now;
	stray->priority = r->message.len > 2 ? r->message.p[2] : 0;
}

/* What has waited here may be ten seconds old. It is counted, and never acted on: a VRID that is
 * ours is not looked at, should one have come before the filter knew it. */
static void take_stray(struct channel *c, struct bytes datagram, usec_t now)
{
	struct sockets *s = c->on->all;
	struct received r;

	if (packet_open(datagram, &r) == DROP_NONE) {
		if (r.has_vrid && vrid_set_has(&c->ours, r.vrid))
			return;
		note_stray(c, &r, now);
	}
	s->owner->packet(s->owner->ctx, c->on->link, now, datagram);
}

static void drain_strays(struct channel *c, usec_t now)
{
	struct sockets *s = c->on->all;
	uint32_t n = RAWSOCK_BATCH;

	for (int b = 0; c->stray >= 0 && n == RAWSOCK_BATCH && b < BATCHES_PER_DRAIN; b++) {
		n = rawsock_receive(c->kind, c->stray, s->batch);
		for (uint32_t p = 0; p < n; p++)
			take_stray(c, s->batch->packets[p], now);
	}
}

void sockets_drain_strays(struct sockets *s, usec_t now)
{
	for (uint16_t i = 0; i < s->count; i++)
		for (int k = 0; k < RAWSOCK_KINDS; k++)
			drain_strays(&s->list[i].channels[k], now);
}

uint64_t sockets_lost(const struct sockets *s, uint16_t link)
{
	uint64_t lost = 0;

	for (int k = 0; k < RAWSOCK_KINDS; k++) {
		const struct channel *c = &s->list[link].channels[k];

		lost += c->lost + (c->receiver >= 0 ? rawsock_lost(c->receiver) : 0);
	}
	return lost;
}

uint64_t sockets_nameless(const struct sockets *s, uint16_t link)
{
	uint64_t n = 0;

	for (int k = 0; k < RAWSOCK_KINDS; k++)
		n += s->list[link].channels[k].nameless;
	return n;
}

/* ---- opening ---------------------------------------------------------------------------- */

/* The groups of the instances that have no peers; nearly always it is one and the same. */
static int join_groups(struct channel *c, int ifindex)
{
	const struct node_conf *conf = c->on->all->conf;
	struct addr last = { .family = ADDR_NONE };
	int err = 0;

	for (uint32_t n = 0; err == 0 && n < conf->instance_count; n++) {
		const struct instance_conf *i = &conf->instances[n];

		if (i->link != c->on->link || i->peer_count > 0 ||
		    (i->family == ADDR_V6) != (c->kind == RAWSOCK_IP6) ||
		    addr_equal(&i->group, &last))
			continue;
		err = rawsock_join(c->receiver, ifindex, &i->group);
		last = i->group;
	}
	return err;
}

static int watch(struct channel *c)
{
	sd_event *event = c->on->all->event;
	int err;

	if (event == NULL)
		return 0;
	err = sd_event_add_io(event, &c->source, c->receiver, EPOLLIN, on_readable, c);
	if (err >= 0)
		err = sd_event_source_set_priority(c->source, PRIORITY_PACKETS);
	return err < 0 ? E_NOMEM : 0;
}

static int open_channel(struct channel *c, const struct link *state)
{
	int err;

	if (c->instances == 0)
		return 0;
	c->receiver = rawsock_open_receiver(c->kind, state->name, &c->ours, c->instances);
	if (c->receiver < 0)
		return c->receiver;
	err = join_groups(c, state->ifindex);
	if (err < 0)
		return err;
	c->stray = rawsock_open_stray(c->kind, state->name, &c->ours);
	return c->stray < 0 ? c->stray : watch(c);
}

static int open_four(struct link_sockets *l, const struct link *state)
{
	int err = open_channel(&l->channels[RAWSOCK_IP4], state);

	if (err == 0)
		err = open_channel(&l->channels[RAWSOCK_AH4], state);
	if (err < 0 || l->channels[RAWSOCK_IP4].instances == 0)
		return err;
	l->sender4 = rawsock_open_sender(ADDR_V4, state->name, state->ifindex);
	return l->sender4 < 0 ? l->sender4 : 0;
}

static int open_six(struct link_sockets *l, const struct link *state)
{
	int err = open_channel(&l->channels[RAWSOCK_IP6], state);

	if (err < 0 || l->channels[RAWSOCK_IP6].instances == 0)
		return err;
	l->sender6 = rawsock_open_sender(ADDR_V6, state->name, state->ifindex);
	return l->sender6 < 0 ? l->sender6 : 0;
}

/* Tries IPv6 again too where it did not open before. */
static void follow_six(struct link_sockets *l, const struct link *state)
{
	if (l->ifindex > 0 && l->sender6 >= 0)
		return;
	close_six(l);
	l->err6 = open_six(l, state);
	if (l->err6 < 0)
		close_six(l);
}

int sockets_follow(struct sockets *s, uint16_t link, const struct link *state)
{
	struct link_sockets *l = &s->list[link];

	if (l->instances == 0)
		return 0;
	if (l->ifindex != state->ifindex)
		close_link(l);
	if (state->ifindex == 0) {
		l->err = l->err6 = 0;
		return E_NODEV;
	}
	follow_six(l, state);
	if (l->ifindex == state->ifindex) {
		l->err = 0;
		return 0;
	}
	l->err = open_four(l, state);
	if (l->err < 0)
		close_link(l);
	else
		l->ifindex = state->ifindex;
	return l->err;
}

int sockets_send(struct sockets *s, uint16_t link, struct bytes datagram)
{
	const struct link_sockets *l = &s->list[link];
	int fd = datagram.p[0] >> 4 == 6 ? l->sender6 : l->sender4;

	return fd >= 0 ? rawsock_send(fd, datagram) : E_NODEV;
}
