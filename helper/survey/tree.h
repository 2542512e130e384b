/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

struct lend_error;
struct lend_fs;
struct lend_inventory;
struct lend_names;

/**
 * Draws where everything is plugged: root buses, below them ports, switches and devices, each with its IOMMU group. One
 * line each, of at most 100 columns.
 */
int lend_survey_print_tree(FILE *out, const struct lend_fs *fs, const struct lend_inventory *inventory,
			   struct lend_names *names, struct lend_error *error);
