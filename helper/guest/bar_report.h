/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <jansson.h>
#include <stdio.h>

struct lend_bar_placement;

/** How a lent function sits in @domain's address space, for people: a line of its own and one for each BAR. */
void lend_guest_bar_report_print(FILE *out, const char *domain, const struct lend_bar_placement *placement);

/** The same for programs. NULL when memory runs out. */
json_t *lend_guest_bar_report_to_json(const struct lend_bar_placement *placement);
