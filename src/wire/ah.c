#include "wire/ah.h"

#include <assert.h>
#include <string.h>

#include "wire/ip.h"

enum { AH_WORDS = AH_HEADER / 4 - 2, ICV_OFFSET = 12 };

enum drop ah_decode(struct bytes b, struct ah *ret)
{
	if (b.len < AH_HEADER || b.p[1] != AH_WORDS)
		return DROP_AH_MALFORMED;
	*ret = (struct ah){ .spi = get_be32(b.p + 4),
			    .sequence = get_be32(b.p + 8),
			    .icv = b.p + ICV_OFFSET,
			    .payload = bytes_slice(b, AH_HEADER, b.len - AH_HEADER) };
	return DROP_NONE;
}

void ah_encode(uint8_t p[AH_HEADER], uint32_t spi, uint32_t sequence)
{
	memset(p, 0, AH_HEADER);
	p[0] = IP_PROTO_VRRP;
	p[1] = AH_WORDS;
	put_be32(p + 4, spi);
	put_be32(p + 8, sequence);
}

void ah_icv(const struct crypto *crypto, struct bytes key, struct bytes datagram, bool keep_ttl,
	    uint8_t icv[AH_ICV])
{
	uint8_t p[AH_DATAGRAM_MAX], digest[HMAC_MD5_LEN];
	size_t header = 4 * (size_t)(datagram.p[0] & 0x0f);

	assert(datagram.len <= sizeof(p) && datagram.len >= header + AH_HEADER);
	memcpy(p, datagram.p, datagram.len);
	p[1] = 0;
	put_be16(p + 6, 0);
	if (!keep_ttl)
		p[8] = 0;
	put_be16(p + 10, 0);
	memset(p + header + ICV_OFFSET, 0, AH_ICV);
	crypto->hmac_md5(key, (struct bytes){ p, datagram.len }, digest);
	memcpy(icv, digest, AH_ICV);
}
