/* io/crypto.h against the published digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/crypto.h"

static struct bytes text(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

/* RFC 2202 section 2, case 2. */
static void hmac_md5_is_that_of_rfc_2202(void **unused)
{
	static const uint8_t wanted[HMAC_MD5_LEN] = { 0x75, 0x0c, 0x78, 0x3e, 0x6a, 0xb0,
						      0xb5, 0x03, 0xea, 0xa8, 0x6e, 0x31,
						      0x0a, 0x5d, 0xb7, 0x38 };
	uint8_t out[HMAC_MD5_LEN];

	(void)unused;
	crypto_open()->hmac_md5(text("Jefe"), text("what do ya want for nothing?"), out);
	assert_memory_equal(out, wanted, sizeof(out));
}

/* RFC 4231 section 4.3. */
static void hmac_sha256_is_that_of_rfc_4231(void **unused)
{
	static const uint8_t wanted[HMAC_SHA256_LEN] = { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75,
							 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95,
							 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d,
							 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9,
							 0x64, 0xec, 0x38, 0x43 };
	uint8_t out[HMAC_SHA256_LEN];

	(void)unused;
	crypto_open()->hmac_sha256(text("Jefe"), text("what do ya want for nothing?"), out);
	assert_memory_equal(out, wanted, sizeof(out));
}

/* A key of zero bytes is a password too: eight of them are what AH is given when none is set. */
static void another_key_gives_another_digest_and_the_first_one_comes_back(void **unused)
{
	static const uint8_t zeros[8];
	uint8_t a[HMAC_MD5_LEN], b[HMAC_MD5_LEN], c[HMAC_MD5_LEN];
	const struct crypto *crypto = crypto_open();

	(void)unused;
	crypto->hmac_md5(text("one"), text("x"), a);
	crypto->hmac_md5((struct bytes){ zeros, sizeof(zeros) }, text("x"), b);
	crypto->hmac_md5(text("one"), text("x"), c);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_equal(a, c, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hmac_md5_is_that_of_rfc_2202),
		cmocka_unit_test(hmac_sha256_is_that_of_rfc_4231),
		cmocka_unit_test(another_key_gives_another_digest_and_the_first_one_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
