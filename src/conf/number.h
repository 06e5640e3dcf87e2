/* conf/number.h - numbers as a configuration has them: decimal, the whole word or nothing. */
#ifndef CONF_NUMBER_H
#define CONF_NUMBER_H

#include <stdint.h>

/* An optional sign and digits. E_SYNTAX when |s| is anything else; E_RANGE beyond 10^15. */
int number_parse(const char *s, int64_t *ret);
/* Seconds with up to six decimals, as microseconds. Errors as above. */
int seconds_parse(const char *s, int64_t *ret_us);

#endif
