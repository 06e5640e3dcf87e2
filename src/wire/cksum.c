#include "wire/cksum.h"

uint16_t inet_cksum(struct bytes b)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < b.len; i += 2) {
		sum += get_be16(b.p + i);
		if (sum > 0xffff0000u)
			sum = (sum & 0xffff) + (sum >> 16);
	}
	if (i < b.len)
		sum += (uint32_t)b.p[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}
