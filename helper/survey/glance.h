/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "survey/survey.h"

/** A survey in one line a device: graphics cards first, then NVMe drives, then the rest, each by address. */
struct lend_glance {
	struct lend_glance_line *lines;
	size_t count;
};
void lend_glance_clear(struct lend_glance *glance);

/** Adds a device, of which nothing is borrowed. -ENOMEM. */
int lend_glance_add(struct lend_glance *glance, const struct lend_survey *survey);

/** Prints them as a table, no line longer than the screen is wide, with a word how to learn more below. */
void lend_glance_print(FILE *out, struct lend_glance *glance, struct lend_survey_look look);
