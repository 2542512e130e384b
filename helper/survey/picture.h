/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "survey/host.h"

struct lend_error;

/**
 * Draws the host as SVG, as large as a page (A4, landscape): where everything is plugged in, the IOMMU groups shaded,
 * in colours what can be lent, and what is on loan with its borrower. Nothing in it comes from elsewhere.
 */
int lend_survey_draw(FILE *out, const struct lend_survey_host *host, struct lend_error *error);
