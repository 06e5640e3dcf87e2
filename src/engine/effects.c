#include "engine/effects.h"

#include <assert.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

int effects_open(struct effects *e)
{
	memset(e, 0, sizeof(*e));
	e->packet = -1;
	e->netlink = netlink_open();
	if (e->netlink < 0)
		return e->netlink;
	e->packet = packet_open_sender();
	return e->packet < 0 ? e->packet : 0;
}

void effects_close(struct effects *e)
{
	if (e->netlink >= 0)
		close(e->netlink);
	if (e->packet >= 0)
		close(e->packet);
	e->netlink = e->packet = -1;
}

/* ---- what failed ------------------------------------------------------------------------ */

static void keep_result(struct effects *e, const struct action *a, uint16_t item, int err)
{
	uint32_t at = (e->result_first + e->result_count) % EFFECTS_RESULTS;

	if (e->result_count == EFFECTS_RESULTS) {
		e->results_lost++;
		return;
	}
	e->result_count++;
	e->results[at] = (struct event){
		.kind = EV_RESULT,
		.result = { .action = a->id,
			    .instance = a->instance,
			    .kind = (uint8_t)a->kind,
			    .item = item,
			    .err = err },
	};
}

bool effects_take_result(struct effects *e, struct event *ret)
{
	if (e->result_count == 0)
		return false;
	*ret = e->results[e->result_first];
	e->result_first = (e->result_first + 1) % EFFECTS_RESULTS;
	e->result_count--;
	return true;
}

/* ---- addresses -------------------------------------------------------------------------- */

static void change_some(struct effects *e, const struct stage *s, const struct action *a,
			uint32_t first, uint32_t some)
{
	const struct instance_conf *conf = &s->conf->instances[a->instance];
	bool add = a->kind == ACT_ADDR_ADD;
	uint16_t items[EFFECTS_CHANGES];
	uint32_t count = 0;

	for (uint32_t n = 0; n < some; n++) {
		uint16_t i = (uint16_t)(first + n);
		const struct vip_conf *vip = &conf->vips[i];
		int ifindex = s->links->list[vip->link].ifindex;

		if (!add && ifindex == 0)
			continue;
		if (ifindex == 0) {
			keep_result(e, a, i, E_NODEV);
			continue;
		}
		items[count] = i;
		e->changes[count++] = (struct netlink_change){
			.addr = vip->addr,
			.broadcast = vip->broadcast,
			.label = vip->label,
			.ifindex = ifindex,
			.prefix = vip->prefix,
			.scope = vip->scope,
		};
	}
	if (count == 0 || netlink_change(e->netlink, add, e->changes, count) == 0)
		return;
	for (uint32_t i = 0; i < count; i++)
		if (e->changes[i].err != 0)
			keep_result(e, a, items[i], e->changes[i].err);
}

static void change_addresses(struct effects *e, const struct stage *s, const struct action *a)
{
	for (uint32_t done = 0; done < a->addrs.count; done += EFFECTS_CHANGES) {
		uint32_t left = a->addrs.count - done;

		change_some(e, s, a, a->addrs.first + done,
			    left < EFFECTS_CHANGES ? left : EFFECTS_CHANGES);
	}
}

/* ---- routes and rules ------------------------------------------------------------------- */

/* 0 when |what| names no interface that is not there. */
static int find_ifindexes(const struct stage *s, const struct routing *what,
			  int ret_ifindexes[ROUTE_HOPS_MAX])
{
	for (uint8_t i = 0; !what->is_rule && i < what->route.hop_count; i++) {
		uint16_t link = what->route.hops[i].link;

		ret_ifindexes[i] = link != ROUTE_LINK_NONE ? s->links->list[link].ifindex : 0;
		if (link != ROUTE_LINK_NONE && ret_ifindexes[i] == 0)
			return E_NODEV;
	}
	return 0;
}

static void change_one_route(struct effects *e, const struct stage *s, const struct action *a,
			     uint16_t i)
{
	const struct routing *what = &s->model->more[a->instance].routings[i];
	bool add = a->kind == ACT_ROUTE_ADD, there;
	int ifindexes[ROUTE_HOPS_MAX] = { 0 };
	int err = find_ifindexes(s, what, ifindexes);

	if (err == 0)
		err = route_change(e->netlink, add, what, ifindexes, &there);
	else if (!add)
		err = 0; /* it has gone with its interface */
	if (err < 0)
		keep_result(e, a, i, err);
}

/* What was added last is removed first. */
static void change_routes(struct effects *e, const struct stage *s, const struct action *a)
{
	for (uint16_t n = 0; n < a->addrs.count; n++) {
		uint16_t at = a->kind == ACT_ROUTE_ADD ? n : (uint16_t)(a->addrs.count - 1 - n);

		change_one_route(e, s, a, (uint16_t)(a->addrs.first + at));
	}
}

/* ---- announcements ---------------------------------------------------------------------- */

enum { NOT_REPORTED = UINT16_MAX };

static void send_frames(struct effects *e, const struct action *a)
{
	uint32_t failed = packet_send(e->packet, e->frames, e->frame_count);

	for (uint32_t i = 0; failed > 0 && i < e->frame_count; i++)
		if (e->frames[i].err != 0 && e->frame_items[i] != NOT_REPORTED)
			keep_result(e, a, e->frame_items[i], e->frames[i].err);
	e->frame_count = 0;
}

/* Nobody asks for addresses by ARP or neighbour discovery on a loopback or a tunnel. */
static bool has_neighbours(const struct link *l)
{
	return l->type == ARPHRD_ETHER && !(l->flags & IFF_NOARP);
}

static void write_frame(struct packet_frame *f, const struct link *link, const struct addr *vip)
{
	f->ifindex = link->ifindex;
	f->len = vip->family == ADDR_V6 ? ND_FRAME : ARP_FRAME;
	if (vip->family == ADDR_V6)
		nd_unsolicited(f->bytes, link->mac, vip);
	else
		arp_gratuitous(f->bytes, link->mac, vip, ARP_TARGET_BROADCAST);
}

static void announce_once(struct effects *e, const struct stage *s, const struct action *a,
			  bool report)
{
	const struct instance_conf *conf = &s->conf->instances[a->instance];

	for (uint16_t i = a->addrs.first; i < a->addrs.first + a->addrs.count; i++) {
		const struct vip_conf *vip = &conf->vips[i];
		const struct link *link = &s->links->list[vip->link];

		if (link->ifindex > 0 && !has_neighbours(link))
			continue;
		if (link->ifindex == 0 || !link->has_mac) {
			if (report)
				keep_result(e, a, i, E_NODEV);
			continue;
		}
		write_frame(&e->frames[e->frame_count], link, &vip->addr);
		e->frame_items[e->frame_count++] = report ? i : NOT_REPORTED;
		if (e->frame_count == PACKET_BATCH_MAX)
			send_frames(e, a);
	}
}

/* Every address once, then every address again: the first burst reaches all of them soonest. A
 * failure is told once, not at each repetition. */
static void announce(struct effects *e, const struct stage *s, const struct action *a)
{
	for (uint8_t r = 0; r < a->addrs.repeat; r++)
		announce_once(e, s, a, r == 0);
	if (e->frame_count > 0)
		send_frames(e, a);
}

/* ---- all of it -------------------------------------------------------------------------- */

/* Every datagram is tried; the first failure is the one that is told. */
static int send_adverts(const struct stage *s, const struct action *a)
{
	struct bytes d = a->send.datagram;
	int first = 0;

	for (uint16_t n = 0; n < a->send.count; n++, d.p += a->send.stride) {
		int err = sockets_send(s->sockets, a->send.link, d);

		if (first == 0)
			first = err;
	}
	return first;
}

static void apply_one(struct effects *e, const struct stage *s, const struct action *a)
{
	int err;

	switch (a->kind) {
	case ACT_SEND:
		err = send_adverts(s, a);
		if (err < 0)
			keep_result(e, a, 0, err);
		return;
	case ACT_ADDR_ADD:
	case ACT_ADDR_DEL:
		change_addresses(e, s, a);
		return;
	case ACT_ROUTE_ADD:
	case ACT_ROUTE_DEL:
		change_routes(e, s, a);
		return;
	case ACT_ANNOUNCE:
		announce(e, s, a);
		return;
	case ACT_NOTIFY:
	case ACT_STATE:
	case ACT_GROUP:
	case ACT_LOG:
		assert(e->later_count < EFFECTS_LATER);
		e->later[e->later_count++] = *a;
		return;
	}
}

void effects_apply(struct effects *e, const struct stage *stage, const struct actions *out)
{
	for (uint32_t i = 0; i < out->count; i++)
		apply_one(e, stage, &out->list[i]);
}
