#include "engine/links.h"

#include <assert.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* ---- making ----------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	const struct link_name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int compare_vips(const void *a, const void *b)
{
	const struct link_vip *x = a, *y = b;
	int cmp = addr_cmp(&x->addr, &y->addr);

	return cmp != 0 ? cmp : (int)x->link - (int)y->link;
}

static uint32_t count_vips(const struct node_conf *conf)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < conf->instance_count; i++)
		n += conf->instances[i].vip_count;
	return n;
}

static void fill_vips(struct links *l, const struct node_conf *conf)
{
	for (uint32_t i = 0; i < conf->instance_count; i++) {
		const struct instance_conf *c = &conf->instances[i];

		for (uint16_t v = 0; v < c->vip_count; v++)
			l->vips[l->vip_count++] = (struct link_vip){
				.addr = c->vips[v].addr,
				.link = c->vips[v].link,
				.prefix = c->vips[v].prefix,
				.instance = i,
				.item = v,
			};
	}
	qsort(l->vips, l->vip_count, sizeof(*l->vips), compare_vips);
}

static void index_ifindexes(struct links *l)
{
	map_init(&l->by_ifindex, l->slots, l->slot_count);
	for (uint16_t i = 0; i < l->count; i++)
		if (l->list[i].ifindex > 0)
			map_put(&l->by_ifindex, (uint64_t)l->list[i].ifindex, i);
}

int links_init(struct links *l, const struct node_conf *conf, struct arena *arena)
{
	*l = (struct links){
		.list = arena_array(arena, conf->link_count, sizeof(*l->list)),
		.count = conf->link_count,
		.by_name = arena_array(arena, conf->link_count, sizeof(*l->by_name)),
		.slot_count = map_slots(conf->link_count),
		.vips = arena_array(arena, count_vips(conf), sizeof(*l->vips)),
	};
	l->slots = arena_array(arena, l->slot_count, sizeof(*l->slots));
	if (l->list == NULL || l->by_name == NULL || l->vips == NULL || l->slots == NULL)
		return E_NOMEM;
	for (uint16_t i = 0; i < l->count; i++) {
		l->list[i].name = conf->links[i];
		l->by_name[i] = (struct link_name){ conf->links[i], i };
	}
	qsort(l->by_name, l->count, sizeof(*l->by_name), compare_names);
	fill_vips(l, conf);
	index_ifindexes(l);
	return 0;
}

void links_done(struct links *l)
{
	for (uint16_t i = 0; i < l->count; i++)
		free(l->list[i].addrs);
	l->count = 0;
}

/* ---- finding ---------------------------------------------------------------------------- */

static struct link *by_ifindex(struct links *l, int ifindex)
{
	uint32_t i = ifindex > 0 ? map_get(&l->by_ifindex, (uint64_t)ifindex) : MAP_NONE;

	return i != MAP_NONE ? &l->list[i] : NULL;
}

static struct link *by_name(struct links *l, const char *name)
{
	struct link_name key = { .name = name };
	const struct link_name *found = bsearch(&key, l->by_name, l->count, sizeof(key),
						compare_names);

	return found != NULL ? &l->list[found->link] : NULL;
}

/* The first of |vips| that is not before |addr| on |link|. */
static uint32_t lower_bound(const struct links *l, uint16_t link, const struct addr *addr)
{
	struct link_vip key = { .addr = *addr, .link = link };
	uint32_t low = 0, high = l->vip_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare_vips(&l->vips[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Several instances may share an address: the first of them, and those after it. */
static struct link_vip *find_vip(const struct links *l, uint16_t link, const struct addr *addr)
{
	uint32_t i = lower_bound(l, link, addr);
	struct link_vip *v = &l->vips[i];

	return i < l->vip_count && v->link == link && addr_equal(&v->addr, addr) ? v : NULL;
}

static struct link_vip *next_vip(const struct links *l, struct link_vip *v)
{
	struct link_vip *next = v + 1;

	return next < l->vips + l->vip_count && compare_vips(v, next) == 0 ? next : NULL;
}

/* A virtual address of any of our instances, wherever it is: never a source. */
static bool is_vip(const struct links *l, const struct addr *addr)
{
	uint32_t i = lower_bound(l, 0, addr);

	return i < l->vip_count && addr_equal(&l->vips[i].addr, addr);
}

bool links_vip_present(const struct links *l, uint16_t link, const struct addr *addr)
{
	const struct link_vip *v = find_vip(l, link, addr);

	return v != NULL && v->present;
}

/* ---- the source address ----------------------------------------------------------------- */

static bool can_be_source(const struct links *l, const struct link_addr *a, uint8_t family)
{
	return a->addr.family == family && !a->secondary && !a->unusable &&
	       addr_is_host(&a->addr) && !is_vip(l, &a->addr);
}

/* The one in use stays as long as it can; else the first the kernel names. Routers compare source
 * addresses to break ties, so it must not change without need. */
static void choose_one(struct links *l, struct link *link, uint8_t family, struct addr *source)
{
	const struct addr *first = NULL;
	struct addr chosen = { .family = ADDR_NONE };

	for (uint32_t i = 0; i < link->addr_count; i++) {
		const struct link_addr *a = &link->addrs[i];

		if (!can_be_source(l, a, family))
			continue;
		if (addr_equal(&a->addr, source))
			return;
		if (first == NULL)
			first = &a->addr;
	}
	if (first != NULL)
		chosen = *first;
	link->changed |= !addr_equal(&chosen, source);
	*source = chosen;
}

static void choose_source(struct links *l, struct link *link)
{
	choose_one(l, link, ADDR_V4, &link->source);
	choose_one(l, link, ADDR_V6, &link->source6);
}

/* ---- addresses -------------------------------------------------------------------------- */

static struct link_addr *find_addr(struct link *link, const struct netlink_addr *a)
{
	for (uint32_t i = 0; i < link->addr_count; i++)
		if (addr_equal(&link->addrs[i].addr, &a->addr) &&
		    link->addrs[i].prefix == a->prefix)
			return &link->addrs[i];
	return NULL;
}

static struct link_addr *new_addr(struct link *link)
{
	if (link->addr_count == link->addr_room) {
		uint32_t room = link->addr_room > 0 ? 2 * link->addr_room : 8;
		struct link_addr *more = realloc(link->addrs, room * sizeof(*more));

		if (more == NULL)
			return NULL;
		link->addrs = more;
		link->addr_room = room;
	}
	return &link->addrs[link->addr_count++];
}

static void forget_addr(struct link *link, uint32_t i)
{
	link->addr_count--;
	memmove(&link->addrs[i], &link->addrs[i + 1],
		(link->addr_count - i) * sizeof(*link->addrs));
}

static bool is_linklocal(const struct addr *a)
{
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

static void hear_own_addr(struct links *l, struct link *link, const struct netlink_addr *a)
{
	struct link_addr *known = find_addr(link, a);

	if (a->gone) {
		if (known != NULL)
			forget_addr(link, (uint32_t)(known - link->addrs));
		return;
	}
	if (known == NULL)
		known = new_addr(link);
	if (known == NULL) {
		l->incomplete = true; /* no memory now: read it again */
		return;
	}
	*known = (struct link_addr){
		.addr = a->addr,
		.prefix = a->prefix,
		.secondary = (a->flags & IFA_F_SECONDARY) != 0,
		.unusable = (a->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0,
		.seen = true,
	};
}

static void set_present(struct links *l, struct link_vip *v, bool present)
{
	l->any_lost |= v->lost |= v->present && !present;
	v->present = present;
}

/* An IPv4 address may be on an interface once for each prefix length. */
static void hear_vip(struct links *l, struct link_vip *v, const struct netlink_addr *a)
{
	for (; v != NULL; v = next_vip(l, v)) {
		if (a->addr.family == ADDR_V4 && v->prefix != a->prefix)
			continue;
		set_present(l, v, !a->gone);
		v->seen = true;
	}
}

void links_hear_addr(struct links *l, const struct netlink_addr *a)
{
	struct link *link = by_ifindex(l, a->ifindex);
	struct link_vip *vip;

	if (link == NULL)
		return;
	vip = find_vip(l, (uint16_t)(link - l->list), &a->addr);
	if (vip != NULL) {
		hear_vip(l, vip, a);
		return;
	}
	if (a->scope >= RT_SCOPE_HOST || (a->addr.family == ADDR_V6 && !is_linklocal(&a->addr)))
		return;
	hear_own_addr(l, link, a);
	if (!l->dumping)
		choose_source(l, link);
}

/* ---- interfaces ------------------------------------------------------------------------- */

static void vanish(struct links *l, struct link *link)
{
	uint16_t index = (uint16_t)(link - l->list);

	if (link->ifindex == 0)
		return;
	link->ifindex = 0;
	link->flags = 0;
	link->addr_count = 0;
	link->source = link->source6 = (struct addr){ .family = ADDR_NONE };
	link->changed = true;
	for (uint32_t i = 0; i < l->vip_count; i++)
		if (l->vips[i].link == index)
			l->vips[i].present = false;
	index_ifindexes(l);
}

static void appear(struct links *l, struct link *link, int ifindex)
{
	vanish(l, link);
	link->ifindex = ifindex;
	link->changed = true;
	index_ifindexes(l);
	l->incomplete |= !l->dumping;
}

void links_hear_link(struct links *l, const struct netlink_link *n)
{
	struct link *known = by_ifindex(l, n->ifindex), *link;

	if (known != NULL && (n->gone || strcmp(known->name, n->name) != 0))
		vanish(l, known); /* gone, or it has another name now */
	link = by_name(l, n->name);
	if (link == NULL || n->gone)
		return;
	if (link->ifindex != n->ifindex)
		appear(l, link, n->ifindex);
	link->changed |= ((link->flags ^ n->flags) & (IFF_UP | IFF_RUNNING)) != 0;
	link->flags = n->flags;
	link->type = n->type;
	link->has_mac = n->has_mac;
	memcpy(link->mac, n->mac, MAC_LEN);
	link->seen = true;
}

/* ---- everything at once ----------------------------------------------------------------- */

void links_begin(struct links *l)
{
	l->dumping = true;
	l->incomplete = false;
	for (uint16_t i = 0; i < l->count; i++) {
		l->list[i].seen = false;
		for (uint32_t a = 0; a < l->list[i].addr_count; a++)
			l->list[i].addrs[a].seen = false;
	}
	for (uint32_t i = 0; i < l->vip_count; i++)
		l->vips[i].seen = false;
}

void links_end(struct links *l)
{
	l->dumping = false;
	for (uint16_t i = 0; i < l->count; i++) {
		struct link *link = &l->list[i];

		if (!link->seen)
			vanish(l, link);
		for (uint32_t a = link->addr_count; a-- > 0;)
			if (!link->addrs[a].seen)
				forget_addr(link, a);
		choose_source(l, link);
	}
	for (uint32_t i = 0; i < l->vip_count; i++)
		set_present(l, &l->vips[i], l->vips[i].present && l->vips[i].seen);
}

bool links_take_lost(struct links *l, uint32_t *ret_instance, uint16_t *ret_item)
{
	for (uint32_t i = 0; l->any_lost && i < l->vip_count; i++) {
		struct link_vip *v = &l->vips[i];
		bool lost = v->lost && !v->present;

		v->lost = false;
		if (!lost)
			continue;
		*ret_instance = v->instance;
		*ret_item = v->item;
		return true;
	}
	l->any_lost = false;
	return false;
}

bool links_take_changed(struct links *l, uint16_t *ret_link)
{
	for (uint16_t i = 0; i < l->count; i++) {
		if (!l->list[i].changed)
			continue;
		l->list[i].changed = false;
		*ret_link = i;
		return true;
	}
	return false;
}
