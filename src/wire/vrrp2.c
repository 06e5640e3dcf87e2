#include "wire/vrrp2.h"

#include <string.h>

#include "wire/cksum.h"

enum drop vrrp2_decode(struct bytes msg, struct vrrp2_advert *ret)
{
	size_t vips_len = 4 * (size_t)msg.p[3];

	if ((msg.p[0] & 0x0f) != VRRP_ADVERT)
		return DROP_TYPE;
	if (msg.len != VRRP_HEADER + vips_len + VRRP2_AUTH)
		return DROP_LENGTH;
	if (inet_cksum(msg) != 0)
		return DROP_CHECKSUM;
	*ret = (struct vrrp2_advert){
		.vrid = msg.p[1],
		.priority = msg.p[2],
		.count = msg.p[3],
		.auth_type = msg.p[4],
		.interval_s = msg.p[5],
		.vips = bytes_slice(msg, VRRP_HEADER, vips_len),
		.auth = msg.p + VRRP_HEADER + vips_len,
	};
	return DROP_NONE;
}

size_t vrrp2_encode(uint8_t *p, const struct vrrp2_advert *a)
{
	size_t vips_len = 4 * (size_t)a->count;
	size_t len = VRRP_HEADER + vips_len + VRRP2_AUTH;

	p[0] = 2 << 4 | VRRP_ADVERT;
	p[1] = a->vrid;
	p[2] = a->priority;
	p[3] = a->count;
	p[4] = a->auth_type;
	p[5] = a->interval_s;
	put_be16(p + 6, 0);
	if (vips_len > 0)
		memcpy(p + VRRP_HEADER, a->vips.p, vips_len);
	memcpy(p + VRRP_HEADER + vips_len, a->auth, VRRP2_AUTH);
	put_be16(p + 6, inet_cksum((struct bytes){ p, len }));
	return len;
}

void vrrp2_set_priority(uint8_t *p, size_t len, uint8_t priority)
{
	p[2] = priority;
	put_be16(p + 6, 0);
	put_be16(p + 6, inet_cksum((struct bytes){ p, len }));
}
