/* base/crypto.h - keyed digests, for code that may not call a library itself.
 *
 * The driver hands these in; in the daemon they are libcrypto's. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum { HMAC_MD5_LEN = 16, HMAC_SHA256_LEN = 32 };

struct crypto {
	/* HMAC of |data| under |key|, RFC 2104. Cannot fail. */
	void (*hmac_md5)(struct bytes key, struct bytes data, uint8_t out[HMAC_MD5_LEN]);
	void (*hmac_sha256)(struct bytes key, struct bytes data, uint8_t out[HMAC_SHA256_LEN]);
};

/* True when the |len| bytes at |a| and |b| are the same; the time taken does not tell where not. */
static inline bool bytes_same_secret(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= (uint8_t)(a[i] ^ b[i]);
	return differ == 0;
}

#endif
