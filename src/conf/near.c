#include "conf/near.h"

#include <string.h>

enum { LETTERS = 63 };

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t near_distance(const char *a, const char *b, size_t limit)
{
	size_t na = strlen(a), nb = strlen(b), longer = na > nb ? na - nb : nb - na;
	size_t rows[3][LETTERS + 1];
	size_t *old = rows[0], *above = rows[1], *row = rows[2];

	if (na > LETTERS || nb > LETTERS || longer > limit)
		return limit + 1;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *spare = old;

		old = above;
		above = row;
		row = spare;
		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			row[j] = min(above[j], row[j - 1]) + 1;
			row[j] = min(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min(row[j], old[j - 2] + 1);
		}
	}
	return row[nb] > limit ? limit + 1 : row[nb];
}

void near_offer(struct near *n, const char *candidate)
{
	size_t letters = strlen(n->word), limit = letters < 6 ? 1 : letters / 3;
	size_t distance;

	if (letters < 2 || (n->best != NULL && n->distance == 0))
		return;
	if (n->best != NULL)
		limit = n->distance - 1;
	distance = near_distance(n->word, candidate, limit);
	if (distance > limit)
		return;
	n->best = candidate;
	n->distance = distance;
}
