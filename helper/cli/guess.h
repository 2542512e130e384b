/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/** Which of several names was probably meant by a word that is none of them. Begin with LEND_GUESS(word). */
struct lend_guess {
	const char *word;
	const char *meant; /* the nearest so far, NULL where none is near; borrowed */
	size_t steps;
};
#define LEND_GUESS(given) ((struct lend_guess){ .word = (given), .steps = 3 })

/** Considers one more @name: it is near when the word is typed nearly so, or begins it. */
void lend_guess_consider(struct lend_guess *guess, const char *name);
