/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/guess.h"

#include <string.h>

/* Steps from one word to another: letters added, taken away, replaced, or swapped with their neighbour. */
static size_t distance(const char *from, const char *to)
{
	enum { LONGEST = 24 };
	const size_t rows = strlen(from), columns = strlen(to);
	size_t steps[LONGEST + 1][LONGEST + 1];

	if (rows > LONGEST || columns > LONGEST)
		return LONGEST;
	for (size_t i = 0; i <= rows; i++) {
		for (size_t k = 0; k <= columns; k++) {
			size_t best = i + k;

			if (i && k && steps[i - 1][k - 1] + (from[i - 1] != to[k - 1]) < best)
				best = steps[i - 1][k - 1] + (from[i - 1] != to[k - 1]);
			if (i && steps[i - 1][k] + 1 < best)
				best = steps[i - 1][k] + 1;
			if (k && steps[i][k - 1] + 1 < best)
				best = steps[i][k - 1] + 1;
			if (i > 1 && k > 1 && from[i - 1] == to[k - 2] && from[i - 2] == to[k - 1] &&
			    steps[i - 2][k - 2] + 1 < best)
				best = steps[i - 2][k - 2] + 1;
			steps[i][k] = best;
		}
	}
	return steps[rows][columns];
}

void lend_guess_consider(struct lend_guess *guess, const char *name)
{
	size_t steps = distance(guess->word, name);

	if (strlen(guess->word) > 2 && strncmp(guess->word, name, strlen(guess->word)) == 0)
		steps = 1;
	/* Of a short word half would be another. */
	if (steps < guess->steps && steps * 2 <= strlen(guess->word)) {
		guess->meant = name;
		guess->steps = steps;
	}
}
