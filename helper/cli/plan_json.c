/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A loan that is only planned, for programs. */
#include "cli/plan_json.h"

#include "lendpci/act/loan/loan.h"

static json_t *function_as_json(const struct lend_plan_function *function)
{
	const char *driver = function->facts.driver;

	return json_pack("{s:s s:o s:b}", "address", lend_address_text(function->facts.address).text, "driver",
			 *driver ? json_string(driver) : json_null(), "companion", function->companion);
}

json_t *lend_plan_to_json(const struct lend_plan *plan)
{
	json_t *functions = json_array();

	for (size_t i = 0; i < plan->count; i++)
		(void)json_array_append_new(functions, function_as_json(&plan->functions[i]));
	return functions;
}

json_t *lend_preview_to_json(const struct lend_preview *preview)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < preview->count; i++) {
		const struct lend_planned_step *step = &preview->items[i];

		(void)json_array_append_new(steps, json_pack("{s:s s:o s:s s:O}", "step", step->step, "function",
							     *step->target ? json_string(step->target) : json_null(),
							     "text", step->text, "state", step->state));
	}
	return steps;
}
