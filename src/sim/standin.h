/* sim/standin.h - digests for worlds: made of nothing that resists anybody, but different for
 * different keys and data, which is all that a simulated attacker tells apart. */
#ifndef SIM_STANDIN_H
#define SIM_STANDIN_H

#include "base/crypto.h"

extern const struct crypto standin_crypto;

#endif
