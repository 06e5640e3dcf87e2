#include "core/advert.h"

#include <assert.h>
#include <string.h>

enum { STRIDE_ALIGN = 16 };

static size_t message_len(const struct instance_conf *c)
{
	return vrrp_length(c->version, c->family, (uint8_t)c->advertised_count);
}

/* Bytes before the VRRP message. */
static size_t header_len(const struct instance_conf *c)
{
	return ip_header_len(c->family) + (c->auth_type == VRRP_AUTH_AH ? AH_HEADER : 0);
}

static uint16_t stride_of(const struct instance_conf *c)
{
	size_t len = header_len(c) + message_len(c);

	return (uint16_t)((len + STRIDE_ALIGN - 1) & ~(size_t)(STRIDE_ALIGN - 1));
}

static uint16_t datagrams_of(const struct instance_conf *c)
{
	return c->peer_count > 0 ? c->peer_count : 1;
}

size_t outgoing_size(const struct instance_conf *c)
{
	return (size_t)stride_of(c) * datagrams_of(c);
}

/* A password is sent, the key of an authentication header is not. */
static void write_message(uint8_t *p, const struct instance_conf *c)
{
	static const uint8_t nothing[VRRP2_AUTH];
	uint8_t vips[16 * VRRP_VIPS_MAX];
	size_t size = addr_len(c->family);

	for (uint16_t n = 0; n < c->advertised_count; n++)
		memcpy(vips + size * n, c->vips[n].addr.b, size);
	vrrp_encode(p, &(struct advert){ .version = c->version,
					 .vrid = c->vrid,
					 .priority = c->priority,
					 .count = (uint8_t)c->advertised_count,
					 .auth_type = c->auth_type,
					 .interval_us = c->advert_us,
					 .vips = { vips, size * c->advertised_count },
					 .auth = c->auth_type == VRRP_AUTH_PASS ? c->auth_key
										: nothing });
}

void outgoing_init(struct outgoing *o, const struct instance_conf *c, uint8_t *mem)
{
	size_t header = header_len(c);

	assert(c->version == 2 || c->version == 3);
	assert(c->family == ADDR_V4 || (c->family == ADDR_V6 && c->version == 3));
	assert(c->auth_type == VRRP_AUTH_NONE || c->version == 2);
	assert(c->advertised_count <= VRRP_VIPS_MAX && c->advertised_count <= c->vip_count);
	*o = (struct outgoing){ .first = mem,
				.count = datagrams_of(c),
				.stride = stride_of(c),
				.len = (uint16_t)(header + message_len(c)) };
	for (uint16_t n = 0; n < o->count; n++)
		write_message(mem + (size_t)n * o->stride + header, c);
}

/* The source address is the SPI, the sequence number the identification as well: the kernel would
 * replace 0, and the ICV covers it. RFC 2402 zeroes the TTL; keepalived does in unicast only. */
static void seal_ah(uint8_t *p, const struct instance_conf *c, const struct seal *s, size_t len)
{
	struct bytes key = { c->auth_key, sizeof(c->auth_key) };
	uint8_t *ah = p + IP4_HEADER, icv[AH_ICV];

	ah_encode(ah, get_be32(s->src->b), s->ah_sequence);
	ah_icv(s->crypto, key, (struct bytes){ p, IP4_HEADER + len }, c->peer_count == 0, icv);
	memcpy(ah + AH_HEADER - AH_ICV, icv, AH_ICV);
}

static uint16_t ah_identification(uint32_t sequence)
{
	return (uint16_t)(sequence % 0xffff + 1);
}

static void seal_one(uint8_t *p, size_t len, const struct instance_conf *c, const struct seal *s,
		     const struct addr *dst)
{
	bool ah = c->auth_type == VRRP_AUTH_AH;
	size_t ip_header = ip_header_len(c->family), header = header_len(c);
	struct vrrp_path path = { .src = s->src, .dst = dst };

	vrrp_seal(p + header, len - header, s->priority, s->sum, &path);
	ip_encode(p, s->src, dst, ah ? IP_PROTO_AH : IP_PROTO_VRRP,
		  c->peer_count > 0 ? c->unicast_ttl : IP_TTL_VRRP,
		  ah ? ah_identification(s->ah_sequence) : 0, len - ip_header);
	if (ah)
		seal_ah(p, c, s, len - ip_header);
}

void outgoing_seal(struct outgoing *o, const struct instance_conf *c, const struct seal *s)
{
	for (uint16_t n = 0; n < o->count; n++)
		seal_one(o->first + (size_t)n * o->stride, o->len, c, s,
			 c->peer_count > 0 ? &c->peers[n].addr : &c->group);
}
