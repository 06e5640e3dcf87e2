#include "io/crypto.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stddef.h>

/* One context a digest, which knows it already and is given the key each time. */
static struct {
	EVP_MAC *hmac;
	EVP_MAC_CTX *md5, *sha256;
} ours;

static void hmac(EVP_MAC_CTX *ctx, struct bytes key, struct bytes data, uint8_t *out, size_t size)
{
	int good = EVP_MAC_init(ctx, key.p, key.len, NULL);
	size_t len = 0;

	good = good && EVP_MAC_update(ctx, data.p, data.len);
	good = good && EVP_MAC_final(ctx, out, &len, size);
	assert(good && len == size);
}

static void hmac_md5(struct bytes key, struct bytes data, uint8_t out[HMAC_MD5_LEN])
{
	hmac(ours.md5, key, data, out, HMAC_MD5_LEN);
}

static void hmac_sha256(struct bytes key, struct bytes data, uint8_t out[HMAC_SHA256_LEN])
{
	hmac(ours.sha256, key, data, out, HMAC_SHA256_LEN);
}

/* A key is set here too: it shows now, and not at the first packet, that the digest is there. */
static EVP_MAC_CTX *open_one(EVP_MAC *mac, const char *digest)
{
	char name[16] = "";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

	for (size_t i = 0; digest[i] != '\0' && i < sizeof(name) - 1; i++)
		name[i] = digest[i];
	if (ctx != NULL && EVP_MAC_init(ctx, (const unsigned char *)"", 0, params) > 0)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

const struct crypto *crypto_open(void)
{
	static const struct crypto crypto = { hmac_md5, hmac_sha256 };

	if (ours.hmac == NULL)
		ours.hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	if (ours.hmac != NULL && ours.md5 == NULL)
		ours.md5 = open_one(ours.hmac, "MD5");
	if (ours.hmac != NULL && ours.sha256 == NULL)
		ours.sha256 = open_one(ours.hmac, "SHA256");
	return ours.md5 != NULL && ours.sha256 != NULL ? &crypto : NULL;
}
