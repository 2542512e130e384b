/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "survey/host.h"

/**
 * Draws where everything is plugged: root buses, below them ports, switches and devices, one line each that is no
 * longer than the screen is wide, with its IOMMU group and in a word whether it can be lent.
 */
int lend_survey_print_tree(FILE *out, const struct lend_survey_host *host, struct lend_survey_look look,
			   struct lend_error *error);
