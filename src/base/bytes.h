/* base/bytes.h - borrowed byte ranges, and big-endian numbers in them.
 *
 * A struct bytes owns nothing: it is valid until the call it was given to returns, unless the
 * header that hands it out says otherwise. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *p;
	size_t len;
};

static inline uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, (uint16_t)(v >> 16));
	put_be16(p + 2, (uint16_t)v);
}

/* |len| bytes of |b| from |from|; shorter, down to nothing, where |b| ends. */
static inline struct bytes bytes_slice(struct bytes b, size_t from, size_t len)
{
	if (from > b.len)
		from = b.len;
	if (len > b.len - from)
		len = b.len - from;
	return (struct bytes){ b.p + from, len };
}

#endif
