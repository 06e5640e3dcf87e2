/* base/prng.h - repeatable random numbers (splitmix64); the state lives with its user. */
#ifndef BASE_PRNG_H
#define BASE_PRNG_H

#include <stdint.h>

struct prng {
	uint64_t state;
};

static inline uint64_t prng_next(struct prng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* A number in [0, |bound|); |bound| is not 0. The bias is below |bound| / 2^64. */
static inline uint64_t prng_below(struct prng *r, uint64_t bound)
{
	return prng_next(r) % bound;
}

#endif
