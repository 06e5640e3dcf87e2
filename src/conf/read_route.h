/* conf/read_route.h - routes and rules, a line each: what read_route.c, read_rule.c and
 * read_routes.c share. Each function complains about |w| and returns false when it is not what it
 * should be. */
#ifndef CONF_READ_ROUTE_H
#define CONF_READ_ROUTE_H

#include "conf/reader.h"
#include "conf/tree.h"

/* One line into |d|. */
bool route_read(struct reader *, struct draft_route *d, const struct statement *s);
bool rule_read(struct reader *, struct draft_route *d, const struct statement *s);

/* A network: an address, perhaps with a prefix length, or default, all, any. The first address of
 * |d| decides its family. */
bool route_prefix(struct reader *, struct draft_route *d, const struct word *w, struct prefix *ret);
/* Whether |w| looks like a network, without a complaint. */
bool route_is_prefix(const struct word *w);
bool route_addr(struct reader *, struct draft_route *d, const struct word *w, struct addr *ret);
bool route_table(struct reader *, const struct word *w, uint32_t *ret);
bool route_scope(struct reader *, const struct word *w, uint8_t *ret);
bool route_u32(struct reader *, const struct word *w, uint32_t least, uint32_t most, uint32_t *ret);
/* The scope where none is given, as ip-route(8) chooses it. */
uint8_t route_standard_scope(const struct route *, uint8_t family);
/* |len| bytes as a number, decimal or 0x...; no complaint. */
bool route_hex(const char *s, size_t len, uint32_t *ret);

#endif
