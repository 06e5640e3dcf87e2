/* conf/near.h - the known word that was probably meant. */
#ifndef CONF_NEAR_H
#define CONF_NEAR_H

#include <stddef.h>

/* Fill with NEAR(word), offer candidates, look at |best|. */
struct near {
	const char *word;
	const char *best; /* NULL: nothing comes near */
	size_t distance;  /* of |best| */
};

#define NEAR(w) ((struct near){ .word = (w) })

/* Typing errors between two words: letters inserted, left out, replaced or swapped with their
 * neighbour. |limit| + 1 when there are more than |limit|, or when a word has over 63 letters. */
size_t near_distance(const char *a, const char *b, size_t limit);

/* Keeps |candidate| if it comes nearer than what came before. A third of the letters may be wrong;
 * the first of equals stays. */
void near_offer(struct near *, const char *candidate);

#endif
