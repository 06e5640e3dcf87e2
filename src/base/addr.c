#include "base/addr.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

struct addr addr_v4(uint32_t v)
{
	struct addr a = { .family = ADDR_V4 };

	put_be32(a.b, v);
	return a;
}

struct addr addr_from_bytes(uint8_t family, const uint8_t *p)
{
	struct addr a = { .family = family };

	memcpy(a.b, p, addr_len(family));
	return a;
}

bool addr_equal(const struct addr *x, const struct addr *y)
{
	return addr_cmp(x, y) == 0;
}

int addr_cmp(const struct addr *x, const struct addr *y)
{
	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	return memcmp(x->b, y->b, sizeof(x->b));
}

bool addr_is_host(const struct addr *a)
{
	static const struct addr loopback6 = { .family = ADDR_V6, .b = { [15] = 1 } };
	static const struct addr any6 = { .family = ADDR_V6 };

	if (a->family == ADDR_V4)
		return a->b[0] != 0 && a->b[0] != 127 && a->b[0] < 224;
	if (a->family == ADDR_V6)
		return a->b[0] != 0xff && !addr_equal(a, &loopback6) && !addr_equal(a, &any6);
	return false;
}

int addr_parse(const char *s, size_t len, struct addr *ret)
{
	char text[ADDR_TEXT_MAX];
	struct addr a = { .family = ADDR_V4 };

	if (len >= sizeof(text))
		return E_SYNTAX;
	memcpy(text, s, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, a.b) == 1) {
		*ret = a;
		return 0;
	}
	a.family = ADDR_V6;
	if (inet_pton(AF_INET6, text, a.b) != 1)
		return E_SYNTAX;
	*ret = a;
	return 0;
}

const char *addr_print(const struct addr *a, char buf[ADDR_TEXT_MAX])
{
	if (a->family == ADDR_NONE)
		return strcpy(buf, "-");
	return inet_ntop(a->family == ADDR_V4 ? AF_INET : AF_INET6, a->b, buf, ADDR_TEXT_MAX);
}
