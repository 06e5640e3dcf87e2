#include "core/advert.h"

#include <assert.h>
#include <string.h>

enum { STRIDE_ALIGN = 16 };

static size_t message_len(const struct instance_conf *c)
{
	return vrrp_length(c->version, c->family, (uint8_t)c->advertised_count);
}

static uint16_t stride_of(const struct instance_conf *c)
{
	size_t len = ip_header_len(c->family) + message_len(c);

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

static void write_message(uint8_t *p, const struct instance_conf *c)
{
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
					 .auth = c->auth_key });
}

void outgoing_init(struct outgoing *o, const struct instance_conf *c, uint8_t *mem)
{
	size_t header = ip_header_len(c->family);

	assert(c->version == 2 || c->version == 3);
	assert(c->family == ADDR_V4 || (c->family == ADDR_V6 && c->version == 3));
	assert(c->advertised_count <= VRRP_VIPS_MAX && c->advertised_count <= c->vip_count);
	*o = (struct outgoing){ .first = mem,
				.count = datagrams_of(c),
				.stride = stride_of(c),
				.len = (uint16_t)(header + message_len(c)) };
	for (uint16_t n = 0; n < o->count; n++)
		write_message(mem + (size_t)n * o->stride + header, c);
}

void outgoing_seal(struct outgoing *o, const struct instance_conf *c, const struct addr *src,
		   uint8_t priority, enum vrrp_sum sum)
{
	size_t header = ip_header_len(c->family), len = o->len - header;

	for (uint16_t n = 0; n < o->count; n++) {
		uint8_t *p = o->first + (size_t)n * o->stride;
		bool unicast = c->peer_count > 0;
		struct vrrp_path path = { .src = src,
					  .dst = unicast ? &c->peers[n].addr : &c->group };

		vrrp_seal(p + header, len, priority, sum, &path);
		ip_encode(p, src, path.dst, IP_PROTO_VRRP, unicast ? c->unicast_ttl : IP_TTL_VRRP,
			  0, len);
	}
}
