/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Step "unbind": the host driver lets the function go; on the way back it has it again.
 *
 * driver_override comes first, so that between this step and "probe" nobody else's driver can take the function.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/module.h"
#include "lendpci/act/steps/driver.h"
#include "lendpci/act/steps/step.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"

/* A card that comes out of a guest may need more than one probe. */
enum { PROBE_ATTEMPTS = 4, FIRST_PAUSE_MS = 100 };

struct unbind {
	char driver[64];          /* "" for none */
	char module[64];          /* the driver's; "" when it is built in */
	char driver_override[64]; /* "" for none */
};

static bool unbind_applies(const struct lend_target *target)
{
	(void)target;
	return true;
}

static int unbind_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct unbind *unbind = state;
	char link[160];
	int r;

	lend_progress_doing(call->progress, "reading driver_override");
	r = lend_driver_read(call->fs, call->target->address, unbind->driver_override, unbind->driver, error);
	if (r < 0 || !*unbind->driver)
		return r < 0 ? r : 1;
	/* A driver that is built in has no module to load again. */
	(void)snprintf(link, sizeof(link), "sys/bus/pci/drivers/%s/module", unbind->driver);
	r = lend_fs_link_name(call->fs, link, unbind->module, sizeof(unbind->module), error);
	return r < 0 && r != -ENOENT ? r : 1;
}

static int unbind_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct lend_address address = call->target->address;
	char override[64], driver[64];
	int r;

	(void)state;
	lend_progress_doing(call->progress, "waiting for the device lock");
	r = lend_driver_read(call->fs, address, override, driver, error);
	if (r == 0)
		r = lend_driver_set_override(call->fs, address, LEND_VFIO_DRIVER, error);
	if (r < 0 || !*driver || strcmp(driver, LEND_VFIO_DRIVER) == 0)
		return r;
	return lend_driver_unbind(call->fs, address, driver, call->progress, error);
}

/* The driver may have been unloaded while the card was away. A failure shows when the driver does not take the card. */
static void ensure_driver(const struct lend_step_call *call, const struct unbind *unbind)
{
	struct lend_error failure = { 0 };
	char path[128];

	(void)snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s", unbind->driver);
	if (!*unbind->module || lend_fs_exists(call->fs, path))
		return;
	lend_progress_doing(call->progress, "loading %s", unbind->module);
	if (lend_module_load(call->fs, unbind->module, &failure) < 0)
		lend_progress_warn(call->progress, "%.200s", failure.text);
}

static int probe_home(const struct lend_step_call *call, const struct unbind *unbind, struct lend_error *error)
{
	unsigned pause = FIRST_PAUSE_MS;
	int r;

	ensure_driver(call, unbind);
	/* The override aims at the driver that had it: the kernel might prefer another one by now. */
	r = lend_driver_set_override(call->fs, call->target->address, unbind->driver, error);
	if (r < 0)
		return r;
	for (int attempt = 1;; attempt++, pause *= 2) {
		r = lend_driver_probe(call->fs, call->target->address, unbind->driver, call->progress, error);
		if (r != -EIO || attempt == PROBE_ATTEMPTS)
			return r;
		lend_progress_warn(call->progress, "%.200s, trying again", error->text);
		lend_pause_ms(pause);
	}
}

static int unbind_restore(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct lend_address address = call->target->address;
	const struct unbind *unbind = state;
	char override[64], driver[64];
	int r;

	lend_progress_doing(call->progress, "waiting for the device lock");
	r = lend_driver_read(call->fs, address, override, driver, error);
	if (r < 0)
		return r;
	if (strcmp(driver, LEND_VFIO_DRIVER) == 0 && strcmp(unbind->driver, driver) != 0)
		return lend_error_set(error, -EBUSY, "%s: it is still on %s", lend_address_text(address).text, driver);
	if (!*driver && *unbind->driver)
		r = probe_home(call, unbind, error);
	else if (*driver && strcmp(driver, unbind->driver) != 0)
		/* It may have users by now: theirs to decide. */
		lend_progress_warn(call->progress, "%s: left on %s, which somebody bound while it was on loan",
				   lend_address_text(address).text, driver);
	if (r < 0)
		return r;
	lend_progress_doing(call->progress, "setting driver_override");
	return lend_driver_set_override(call->fs, address, unbind->driver_override, error);
}

static json_t *unbind_to_json(const void *state)
{
	const struct unbind *unbind = state;

	return json_pack("{s:{s:s s:s s:s} s:{s:s}}", "before", "driver", unbind->driver, "driver_override",
			 unbind->driver_override, "module", unbind->module, "want", "driver_override",
			 LEND_VFIO_DRIVER);
}

/* A driver's or module's name becomes part of a path. */
static bool take_name(char field[static 64], const char *name)
{
	if (strlen(name) >= 64 || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	memcpy(field, name, strlen(name) + 1);
	return true;
}

static bool unbind_from_json(const json_t *json, void *state)
{
	const char *driver, *override, *module;
	struct unbind *unbind = state;

	return json_unpack((json_t *)json, "{s:{s:s s:s s:s}}", "before", "driver", &driver, "driver_override",
			   &override, "module", &module) == 0 &&
	       take_name(unbind->driver, driver) && take_name(unbind->driver_override, override) &&
	       take_name(unbind->module, module);
}

static void unbind_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	const struct unbind *unbind = state;

	if (direction == LEND_DOWN && *unbind->driver)
		(void)snprintf(ret, size, "take it from %s", unbind->driver);
	else if (direction == LEND_DOWN)
		(void)snprintf(ret, size, "reserve it, which has no driver");
	else if (*unbind->driver)
		(void)snprintf(ret, size, "give it back to %s", unbind->driver);
	else
		(void)snprintf(ret, size, "leave it without a driver, as it was");
}

const struct lend_step lend_step_unbind = {
	.name = "unbind",
	.scope = LEND_SCOPE_FUNCTION,
	.flags = LEND_STEP_NEEDS_CARD,
	.state_size = sizeof(struct unbind),
	.deadline_ms = lend_step_unbind_deadline,
	.applies = unbind_applies,
	.read = unbind_read,
	.apply = unbind_apply,
	.restore = unbind_restore,
	.to_json = unbind_to_json,
	.from_json = unbind_from_json,
	.describe = unbind_describe,
};
