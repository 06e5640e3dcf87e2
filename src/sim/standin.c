#include "sim/standin.h"

static uint64_t stir(uint64_t sum, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		sum = (sum ^ b.p[i]) * 0x100000001b3ULL;
	return sum ^ sum >> 29;
}

static void digest(struct bytes key, struct bytes data, uint8_t *out, size_t len)
{
	uint64_t sum = stir(stir(0xcbf29ce484222325ULL, key), data);

	for (size_t i = 0; i < len; i++) {
		sum = (sum ^ i) * 0x9e3779b97f4a7c15ULL;
		out[i] = (uint8_t)(sum >> 56);
	}
}

static void md5(struct bytes key, struct bytes data, uint8_t out[HMAC_MD5_LEN])
{
	digest(key, data, out, HMAC_MD5_LEN);
}

static void sha256(struct bytes key, struct bytes data, uint8_t out[HMAC_SHA256_LEN])
{
	digest(key, data, out, HMAC_SHA256_LEN);
}

const struct crypto standin_crypto = { md5, sha256 };
