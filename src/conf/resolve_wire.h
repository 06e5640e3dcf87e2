/* conf/resolve_wire.h - what of an instance is seen on the wire: version and family, the addresses
 * listed, interval, authentication, source and destinations.
 *
 * Called by resolve_instance.c in this order; each complains and fills its part of |ret|. */
#ifndef CONF_RESOLVE_WIRE_H
#define CONF_RESOLVE_WIRE_H

#include "conf/resolve.h"

/* IPv4 or IPv6, by the first virtual address, else by the first peer; and the version of VRRP. */
void resolve_family(struct resolver *, const struct draft_instance *, struct instance_conf *ret);
void resolve_auth(struct resolver *, const struct draft_instance *, struct instance_conf *ret);
/* The virtual addresses: those that are listed first, of them a link-local one (RFC 9568 5.2.9). */
void resolve_vips(struct resolver *, const struct draft_instance *, struct instance_conf *ret);
/* Interval, checksum, source, group and peers. */
void resolve_path(struct resolver *, const struct draft_instance *, struct instance_conf *ret);

#endif
