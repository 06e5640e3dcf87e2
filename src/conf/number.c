#include "conf/number.h"

#include <stdbool.h>

#include "base/err.h"
#include "base/time.h"

static const int64_t largest = 1000000000000000;

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits from |*s| on, which is moved behind them. */
static int digits(const char **s, int64_t *ret)
{
	int64_t v = 0;
	bool too_large = false;

	if (!is_digit(**s))
		return E_SYNTAX;
	for (; is_digit(**s); ++*s) {
		v = v * 10 + (**s - '0');
		if (v > largest) {
			too_large = true;
			v = 0;
		}
	}
	if (too_large)
		return E_RANGE;
	*ret = v;
	return 0;
}

int number_parse(const char *s, int64_t *ret)
{
	bool minus = *s == '-';
	int64_t v = 0;
	int err;

	if (*s == '-' || *s == '+')
		s++;
	err = digits(&s, &v);
	if (*s != '\0')
		return E_SYNTAX;
	if (err < 0)
		return err;
	*ret = minus ? -v : v;
	return 0;
}

int seconds_parse(const char *s, int64_t *ret_us)
{
	bool minus = *s == '-';
	int64_t seconds = 0, unit = (int64_t)USEC_PER_SEC, us = 0;
	int err;

	if (*s == '-' || *s == '+')
		s++;
	err = digits(&s, &seconds);
	if (err == E_SYNTAX)
		return err;
	if (*s == '.' && is_digit(s[1]))
		for (s++; is_digit(*s) && unit > 1; s++) {
			unit /= 10;
			us += unit * (*s - '0');
		}
	if (*s != '\0')
		return E_SYNTAX;
	if (err < 0 || seconds > largest / (int64_t)USEC_PER_SEC)
		return E_RANGE;
	us += seconds * (int64_t)USEC_PER_SEC;
	*ret_us = minus ? -us : us;
	return 0;
}
