/* io/crypto.h - the keyed digests of base/crypto.h, by libcrypto.
 *
 * libcrypto takes its memory when it is first used, so it is used only where something configured
 * needs it. */
#ifndef IO_CRYPTO_H
#define IO_CRYPTO_H

#include "base/crypto.h"

/* Prepares the digests, once for the life of the process, and returns them; NULL when libcrypto
 * does not have them (a FIPS provider has no MD5). */
const struct crypto *crypto_open(void);

#endif
