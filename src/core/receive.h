/* core/receive.h - is this packet for that instance, and is it good?
 *
 * The order of judgement is that of RFC 3768 7.1 made precise in wire/drop.h; it stops at the first
 * fault. Nothing is changed here, so the same packet is always judged the same. */
#ifndef CORE_RECEIVE_H
#define CORE_RECEIVE_H

#include "base/addr.h"
#include "base/bytes.h"
#include "core/conf.h"
#include "wire/drop.h"
#include "wire/ip4.h"
#include "wire/vrrp2.h"

/* What is known before an instance is found. */
struct received {
	struct ip4 ip;
	uint8_t vrid;
	bool has_vrid; /* the packet is long enough to name one */
};

/* Checks 1 to 3 of the order: the IP header, and that it carries VRRP. */
enum drop packet_open(struct bytes datagram, struct received *ret);

/* The rest, for |conf|, or for no instance when |conf| is NULL: the answer is then the first fault,
 * at the latest DROP_VRID. |own| is the address our adverts leave from, |priority| our effective
 * priority. |*ret| is written only on DROP_NONE. */
enum drop packet_judge(const struct received *, const struct instance_conf *conf,
		       const struct addr *own, uint8_t priority, struct vrrp2_advert *ret);

#endif
