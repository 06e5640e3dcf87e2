/* core/advert.h - the datagrams an instance sends: one to the group, or one to each peer.
 *
 * They are written once, when the instance is made; sending fills in what may have changed since:
 * priority, source address, checksums, authentication header. Called by instance.c only. */
#ifndef CORE_ADVERT_H
#define CORE_ADVERT_H

#include <stddef.h>
#include <stdint.h>

#include "base/crypto.h"
#include "core/conf.h"
#include "wire/ah.h"
#include "wire/ip.h"
#include "wire/vrrp.h"

struct outgoing {
	uint8_t *first; /* |count| datagrams, |stride| bytes apart, in the node's arena */
	uint16_t count;
	uint16_t stride;
	uint16_t len; /* of each */
};

/* What changes from one advert to the next. */
struct seal {
	const struct addr *src;
	const struct crypto *crypto; /* AH only */
	enum vrrp_sum sum;           /* as in vrrp_seal() */
	uint32_t ah_sequence;
	uint8_t priority;
};

/* Bytes outgoing_init() needs at |mem| for |conf|, a multiple of 16. */
size_t outgoing_size(const struct instance_conf *conf);
void outgoing_init(struct outgoing *, const struct instance_conf *conf, uint8_t *mem);
/* Makes every datagram ready to leave. */
void outgoing_seal(struct outgoing *, const struct instance_conf *conf, const struct seal *);

#endif
