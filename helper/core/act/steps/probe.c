/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Step "probe": vfio-pci takes the function; on the way back it lets it go. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/steps/driver.h"
#include "lendpci/act/steps/step.h"

struct probe {
	char driver[64]; /* that lends it */
};

static bool probe_applies(const struct lend_target *target)
{
	(void)target;
	return true;
}

static int probe_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct probe *probe = state;

	(void)call;
	(void)error;
	(void)snprintf(probe->driver, sizeof(probe->driver), LEND_VFIO_DRIVER);
	return 1;
}

static int probe_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct lend_address address = call->target->address;
	const struct probe *probe = state;
	char override[64], driver[64];
	int r;

	r = lend_driver_read(call->fs, address, override, driver, error);
	if (r < 0 || strcmp(driver, probe->driver) == 0)
		return r;
	return lend_driver_probe(call->fs, address, probe->driver, call->progress, error);
}

static int probe_restore(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct lend_address address = call->target->address;
	const struct probe *probe = state;
	char override[64], driver[64];
	int r;

	lend_progress_doing(call->progress, "waiting for the device lock");
	r = lend_driver_read(call->fs, address, override, driver, error);
	/* Any other driver is there since before, or somebody's: step "unbind" tells them apart. */
	if (r < 0 || strcmp(driver, probe->driver) != 0)
		return r;
	return lend_driver_unbind(call->fs, address, driver, call->progress, error);
}

static json_t *probe_to_json(const void *state)
{
	const struct probe *probe = state;

	return json_pack("{s:{s:s}}", "want", "driver", probe->driver);
}

static bool probe_from_json(const json_t *json, void *state)
{
	struct probe *probe = state;
	const char *driver;

	if (json_unpack((json_t *)json, "{s:{s:s}}", "want", "driver", &driver) < 0 ||
	    strlen(driver) >= sizeof(probe->driver))
		return false;
	(void)snprintf(probe->driver, sizeof(probe->driver), "%s", driver);
	return true;
}

static void probe_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	const struct probe *probe = state;

	(void)snprintf(ret, size, "%s %s", direction == LEND_DOWN ? "hand it to" : "take it from", probe->driver);
}

const struct lend_step lend_step_probe = {
	.name = "probe",
	.scope = LEND_SCOPE_FUNCTION,
	.state_size = sizeof(struct probe),
	.deadline_ms = lend_step_unbind_deadline,
	.applies = probe_applies,
	.read = probe_read,
	.apply = probe_apply,
	.restore = probe_restore,
	.to_json = probe_to_json,
	.from_json = probe_from_json,
	.describe = probe_describe,
};
