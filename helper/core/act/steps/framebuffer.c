/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Step "framebuffer": takes the firmware's framebuffer off the memory of a function that goes.
 *
 * efifb, vesafb, simplefb or simpledrm draw there from boot on, beside a host driver that has no display of its own
 * (nvidia's) or in place of one. As long as their region is claimed, a BAR cannot be reserved by whoever comes next:
 * "BAR 1: can't reserve [mem …]". vfio-pci evicts them by itself, but only from a VGA controller, and then for good.
 *
 *	echo efi-framebuffer.0 > /sys/bus/platform/drivers/efi-framebuffer/unbind
 *
 * They come back only where no host driver has the function after the loan: such a driver has laid out the memory anew,
 * and does not know that somebody else draws in it.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/steps/driver.h"
#include "lendpci/act/steps/step.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/firmware_framebuffer.h"

struct framebuffer {
	char function[32]; /* in whose memory it is */
	struct lend_firmware_framebuffer platform;
};

static bool framebuffer_applies(const struct lend_target *target)
{
	for (size_t i = 0; i < target->facts->count; i++)
		if (lend_function_is_gpu(&target->facts->functions[i]))
			return true;
	return false;
}

static int framebuffer_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses owners = { 0 };
	struct framebuffer *framebuffer = state;
	int r;

	/* Most hosts have none any more, and a large one's /proc/iomem is long. */
	if (!lend_firmware_framebuffer_find(call->fs, &framebuffer->platform) || !*framebuffer->platform.driver)
		return 0;
	r = lend_firmware_framebuffer_owners(call->fs, &owners, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < owners.count; i++) {
		if (!lend_addresses_contain(call->target->functions, owners.items[i]))
			continue;
		(void)snprintf(framebuffer->function, sizeof(framebuffer->function), "%s",
			       lend_address_text(owners.items[i]).text);
		return 1;
	}
	return 0;
}

/* Writes the device to its driver's @attribute, and reads back whether it has that driver. */
static int set_bound(const struct lend_step_call *call, const struct framebuffer *framebuffer, bool bound,
		     struct lend_error *error)
{
	const struct lend_firmware_framebuffer *platform = &framebuffer->platform;
	struct lend_firmware_framebuffer now = { 0 };
	char path[192];
	int r;

	(void)snprintf(path, sizeof(path), LEND_PLATFORM "/drivers/%s/%s", platform->driver, bound ? "bind" : "unbind");
	lend_progress_doing(call->progress, "%s %s", bound ? "binding" : "unbinding", platform->device);
	r = lend_fs_write(call->fs, path, platform->device, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", framebuffer->function);
	if (lend_firmware_framebuffer_find(call->fs, &now) && (*now.driver != '\0') != bound)
		return lend_error_set(error, -EIO, "%s: the kernel %s the firmware's framebuffer, %s",
				      framebuffer->function, bound ? "does not draw on" : "kept", platform->device);
	return 0;
}

static int framebuffer_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct framebuffer *framebuffer = state;
	struct lend_firmware_framebuffer now;
	int r;

	if (!lend_firmware_framebuffer_find(call->fs, &now) || !*now.driver)
		return 0;
	r = set_bound(call, framebuffer, false, error);
	if (r == 0)
		lend_progress_note(call->progress, "%s: took the firmware's framebuffer off its memory",
				   framebuffer->function);
	return r;
}

static int framebuffer_restore(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	struct framebuffer *framebuffer = state;
	struct lend_firmware_framebuffer now;
	struct lend_address function;
	char driver[64];
	int r;

	r = lend_address_parse(framebuffer->function, &function, error);
	if (r < 0)
		return r;
	/* The kernel has removed it for good, or somebody has brought it back. */
	if (!lend_firmware_framebuffer_find(call->fs, &now) || *now.driver)
		return 0;
	r = lend_function_driver(call->fs, function, driver, error);
	if (r == 0 && !*driver)
		return set_bound(call, framebuffer, true, error);
	if (r == 0)
		lend_progress_note(call->progress,
				   "%s: the firmware's framebuffer stays off it until the next boot: %s "
				   "has it",
				   framebuffer->function, driver);
	return r;
}

static json_t *framebuffer_to_json(const void *state)
{
	const struct framebuffer *framebuffer = state;

	return json_pack("{s:s s:s s:s}", "function", framebuffer->function, "device", framebuffer->platform.device,
			 "driver", framebuffer->platform.driver);
}

static bool framebuffer_from_json(const json_t *json, void *state)
{
	struct framebuffer *framebuffer = state;
	const char *function, *device, *driver;

	if (json_unpack((json_t *)json, "{s:s s:s s:s}", "function", &function, "device", &device, "driver", &driver) <
		    0 ||
	    strlen(function) >= sizeof(framebuffer->function) ||
	    strlen(device) >= sizeof(framebuffer->platform.device) ||
	    strlen(driver) >= sizeof(framebuffer->platform.driver) || strchr(driver, '/'))
		return false;
	(void)snprintf(framebuffer->function, sizeof(framebuffer->function), "%s", function);
	(void)snprintf(framebuffer->platform.device, sizeof(framebuffer->platform.device), "%s", device);
	(void)snprintf(framebuffer->platform.driver, sizeof(framebuffer->platform.driver), "%s", driver);
	return true;
}

static void framebuffer_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	const struct framebuffer *framebuffer = state;

	(void)snprintf(ret, size, "%s the firmware's framebuffer (%s) %s the memory of %s",
		       direction == LEND_DOWN ? "take" : "put", framebuffer->platform.device,
		       direction == LEND_DOWN ? "off" : "back on", framebuffer->function);
}

const struct lend_step lend_step_framebuffer = {
	.name = "framebuffer",
	.scope = LEND_SCOPE_LOAN,
	.flags = LEND_STEP_TOLERANT,
	.state_size = sizeof(struct framebuffer),
	.deadline_ms = lend_step_unbind_deadline,
	.applies = framebuffer_applies,
	.read = framebuffer_read,
	.apply = framebuffer_apply,
	.restore = framebuffer_restore,
	.to_json = framebuffer_to_json,
	.from_json = framebuffer_from_json,
	.describe = framebuffer_describe,
};
