/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "survey/host.h"

struct lend_error;

/** For those who look after many hosts. LEND_EXIT_USAGE for a @format that there is not. */
int lend_survey_check_format(const char *format, struct lend_error *error);

/**
 * Prints on standard output what can be lent, for another program:
 *
 *	kubevirt   the permittedHostDevices of a KubeVirt resource, as YAML: each kind of device once
 *	ansible    local facts, as a JSON object: addresses of what can be lent, of graphics cards, and all of survey
 *--json
 */
int lend_survey_print_format(const struct lend_survey_host *host, const char *format, struct lend_error *error);
