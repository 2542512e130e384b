/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "survey/host.h"

struct lend_error;

/**
 * The whole survey as one HTML file that needs no other: the drawing, a table at a glance, and all that is known of
 * each device but its serial number.
 */
int lend_survey_write_page(FILE *out, const struct lend_survey_host *host, struct lend_error *error);
