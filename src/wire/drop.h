/* wire/drop.h - why a received packet is not acted on.
 *
 * The order is that in which a packet is judged (RFC 3768 7.1, RFC 9568 7.1): the first fault found
 * is the one that is counted. The names are those the status and the tests use. */
#ifndef WIRE_DROP_H
#define WIRE_DROP_H

#define DROP_LIST(X)                                                                               \
	X(DROP_IP_MALFORMED, "ip-malformed", "malformed IP header")                                \
	X(DROP_IP_FRAGMENT, "ip-fragment", "IP fragment")                                          \
	X(DROP_NOT_VRRP, "not-vrrp", "not a VRRP packet")                                          \
	X(DROP_OWN_SOURCE, "own-source", "our own source address")                                 \
	X(DROP_BAD_SOURCE, "bad-source", "source is not a host address")                           \
	X(DROP_AH_MALFORMED, "ah-malformed", "malformed authentication header")                    \
	X(DROP_LENGTH, "length", "wrong length")                                                   \
	X(DROP_UNKNOWN_PEER, "unknown-peer", "sender is not a configured peer")                    \
	X(DROP_TTL, "ttl", "TTL is not in the permitted range")                                    \
	X(DROP_VERSION, "version", "wrong VRRP version")                                           \
	X(DROP_TYPE, "type", "not an advertisement")                                               \
	X(DROP_CHECKSUM, "checksum", "wrong checksum")                                             \
	X(DROP_VRID, "vrid", "VRID not configured here")                                           \
	X(DROP_WRONG_DESTINATION, "wrong-destination", "not sent to us")                           \
	X(DROP_OWNER, "owner", "we own the addresses, priority 255")                               \
	X(DROP_AUTH_TYPE_UNKNOWN, "auth-type-unknown", "unknown authentication type")              \
	X(DROP_AUTH_TYPE_MISMATCH, "auth-type-mismatch", "different authentication type")          \
	X(DROP_AUTH_FAILURE, "auth-failure", "wrong password")                                     \
	X(DROP_AUTH_SPI, "auth-spi", "the SPI is not the source address")                          \
	X(DROP_AUTH_REPLAY, "auth-replay", "a sequence number that was heard before")              \
	X(DROP_ZERO_ADDRESSES, "zero-addresses", "no address in it")                               \
	X(DROP_ZERO_INTERVAL, "zero-interval", "interval 0")                                       \
	X(DROP_FIRST_NOT_LINKLOCAL, "first-not-linklocal", "first address is not link-local")      \
	X(DROP_ADDRLIST_MISMATCH, "addrlist-mismatch", "different list of addresses")              \
	X(DROP_INTERVAL_MISMATCH, "interval-mismatch", "different advertisement interval")

enum drop {
	DROP_NONE, /* accepted */
#define X(id, name, text) id,
	DROP_LIST(X)
#undef X
		DROP_COUNT
};

/* "ttl" for DROP_TTL, "ok" for DROP_NONE: the key of counters and vectors. */
const char *drop_name(enum drop);
/* "TTL is not in the permitted range" for DROP_TTL: for people. */
const char *drop_text(enum drop);

#endif
