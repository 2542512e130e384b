/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <jansson.h>

struct lend_plan;
struct lend_preview;

/** What would go, as --json has it: an array of {address, driver, companion}. The caller's. */
json_t *lend_plan_to_json(const struct lend_plan *plan);

/** By which steps, in order: an array of {step, function, text, state}. The caller's. */
json_t *lend_preview_to_json(const struct lend_preview *preview);
