/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Step "reset_method": the ways to reset a function that its assignment asks for, instead of the kernel's order.
 *
 * vfio-pci resets a function when a VM opens and closes it, by the first method of the list that works. Some cards have
 * one that hangs them, and AMD's need vendor-reset's "device_specific".
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci (reset_method).
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/steps/step.h"

static bool reset_method_applies(const struct lend_target *target)
{
	const struct lend_wish *wish = lend_wish_of(target);

	return wish && *wish->reset;
}

static int reset_method_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	return lend_change_read(call, "reset_method", lend_wish_of(call->target)->reset, state, error);
}

static int reset_method_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	lend_progress_doing(call->progress, "setting its reset method");
	return lend_change_apply(call, "reset_method", state, error);
}

static int reset_method_restore(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	lend_progress_doing(call->progress, "restoring its reset method");
	return lend_change_restore(call, "reset_method", state, error);
}

static json_t *reset_method_to_json(const void *state)
{
	return lend_change_to_json(state);
}

static bool reset_method_from_json(const json_t *json, void *state)
{
	return lend_change_from_json(json, state);
}

static void reset_method_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	const struct lend_change *change = state;

	(void)snprintf(ret, size, "reset it by '%s' (%s '%s')", direction == LEND_DOWN ? change->want : change->before,
		       direction == LEND_DOWN ? "now" : "while on loan",
		       direction == LEND_DOWN ? change->before : change->want);
}

const struct lend_step lend_step_reset_method = {
	.name = "reset_method",
	.scope = LEND_SCOPE_FUNCTION,
	.state_size = sizeof(struct lend_change),
	.deadline_ms = lend_step_unbind_deadline,
	.applies = reset_method_applies,
	.read = reset_method_read,
	.apply = reset_method_apply,
	.restore = reset_method_restore,
	.to_json = reset_method_to_json,
	.from_json = reset_method_from_json,
	.describe = reset_method_describe,
};
