/* conf/advice.h - what is right, but will not do what its writer hopes.
 *
 * Said only about a configuration without errors. keepalived is silent about all of it, so none of
 * it counts in the exit code. */
#ifndef CONF_ADVICE_H
#define CONF_ADVICE_H

#include "conf/model.h"
#include "conf/reader.h"

void advise(struct reader *, const struct model *);

#endif
