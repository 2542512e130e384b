/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Step "power": keeps a function awake while it is on loan.
 *
 * A GPU that reaches D3cold under vfio-pci may never come back, and its guest cannot wake it. So during a loan
 * d3cold_allowed is "0" and power/control is "on". The write of "on" wakes the card and waits for that.
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci (d3cold_allowed), sysfs-devices-power (control).
 */
#include <jansson.h>
#include <stdio.h>

#include "lendpci/act/steps/step.h"

static const char d3cold_allowed[] = "d3cold_allowed", control[] = "power/control";

struct power {
	struct lend_change d3cold, control;
};

static bool power_applies(const struct lend_target *target)
{
	(void)target;
	return true;
}

static int power_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct power *power = state;
	int d3cold, awake;

	d3cold = lend_change_read(call, d3cold_allowed, "0", &power->d3cold, error);
	if (d3cold < 0)
		return d3cold;
	awake = lend_change_read(call, control, "on", &power->control, error);
	return awake < 0 ? awake : d3cold || awake;
}

static int power_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct power *power = state;
	int r;

	lend_progress_doing(call->progress, "waking it up");
	/* D3cold first: with control "on" before that the function could still be on its way down. */
	r = lend_change_apply(call, d3cold_allowed, &power->d3cold, error);
	return r < 0 ? r : lend_change_apply(call, control, &power->control, error);
}

static int power_restore(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct power *power = state;
	int r;

	lend_progress_doing(call->progress, "restoring its power settings");
	r = lend_change_restore(call, control, &power->control, error);
	return r < 0 ? r : lend_change_restore(call, d3cold_allowed, &power->d3cold, error);
}

static json_t *power_to_json(const void *state)
{
	const struct power *power = state;

	return json_pack("{s:o s:o}", d3cold_allowed, lend_change_to_json(&power->d3cold), "control",
			 lend_change_to_json(&power->control));
}

static bool power_from_json(const json_t *json, void *state)
{
	struct power *power = state;

	return lend_change_from_json(json_object_get(json, d3cold_allowed), &power->d3cold) &&
	       lend_change_from_json(json_object_get(json, "control"), &power->control);
}

static void power_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	const struct power *power = state;
	const bool slept = *power->control.want, sank = *power->d3cold.want;

	(void)snprintf(ret, size, "%s (%s%s%s%s%s%s)",
		       direction == LEND_DOWN ? "keep it awake" : "let it sleep again as before",
		       slept ? "power/control " : "",
		       !slept                   ? ""
		       : direction == LEND_DOWN ? power->control.before
						: power->control.want,
		       !slept                   ? ""
		       : direction == LEND_DOWN ? " -> on"
						: " -> auto",
		       slept && sank ? ", " : "", sank ? "d3cold_allowed " : "",
		       !sank                    ? ""
		       : direction == LEND_DOWN ? "1 -> 0"
						: "0 -> 1");
}

const struct lend_step lend_step_power = {
	.name = "power",
	.scope = LEND_SCOPE_FUNCTION,
	.state_size = sizeof(struct power),
	.deadline_ms = lend_step_unbind_deadline,
	.applies = power_applies,
	.read = power_read,
	.apply = power_apply,
	.restore = power_restore,
	.to_json = power_to_json,
	.from_json = power_from_json,
	.describe = power_describe,
};
