/* core/receive.h - is this packet for that instance, and is it good?
 *
 * The order of judgement is that of RFC 3768 7.1 and RFC 9568 7.1 made precise in wire/drop.h; it
 * stops at the first fault. Nothing is changed here, so the same packet is always judged the same.
 */
#ifndef CORE_RECEIVE_H
#define CORE_RECEIVE_H

#include "base/addr.h"
#include "base/bytes.h"
#include "core/conf.h"
#include "wire/drop.h"
#include "wire/ip.h"
#include "wire/vrrp.h"

/* What is known before an instance is found. */
struct received {
	struct ip ip;
	struct bytes message; /* VRRP, behind an authentication header if there is one */
	bool has_ah;
	uint8_t vrid;
	bool has_vrid; /* the packet is long enough to name one */
};

/* Who is to judge a packet, and what it knows. */
struct receiver {
	const struct instance_conf *conf;
	const struct addr *own; /* the address our adverts leave from */
	uint8_t priority;       /* effective */
	uint32_t ah_sequence;   /* the highest heard or sent */
	const struct crypto *crypto;
};

/* A packet found good. */
struct judgement {
	struct advert advert; /* borrowed from the packet */
	uint32_t ah_sequence; /* with an authentication header */
	uint32_t noticed; /* bit d: enum drop d was found, and version 3 acts on the packet all the
			     same */
};

/* Checks 1 to 3 of the order: the IP header, and that it carries VRRP. */
enum drop packet_open(struct bytes datagram, struct received *ret);

/* The rest, for one instance. |*ret| is written only on DROP_NONE; |ret->ah_sequence| on DROP_OWNER
 * too, 0 when there is none or it is not good. */
enum drop packet_judge(const struct received *, const struct receiver *, struct judgement *ret);

/* The first fault of a packet no instance is there for, at the latest DROP_VRID. */
enum drop packet_judge_stray(const struct received *, const struct addr *own);

#endif
