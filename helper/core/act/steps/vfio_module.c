/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Step "vfio_module": the driver that lends devices is there. It stays loaded: another VM may have come to use it. */
#include <errno.h>
#include <stdio.h>

#include "lendpci/act/module.h"
#include "lendpci/act/steps/driver.h"
#include "lendpci/act/steps/step.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"

static const char driver_path[] = "sys/bus/pci/drivers/" LEND_VFIO_DRIVER;

static bool vfio_module_applies(const struct lend_target *target)
{
	return target->facts->count > 0;
}

static int vfio_module_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	(void)state;
	(void)error;
	return !lend_fs_exists(call->fs, driver_path);
}

static int vfio_module_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	int r;

	(void)state;
	lend_progress_doing(call->progress, "loading " LEND_VFIO_DRIVER);
	r = lend_module_load(call->fs, LEND_VFIO_DRIVER, error);
	return r < 0 ? lend_error_wrap(error, r, "the driver that lends devices is not available") : 0;
}

static void vfio_module_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	(void)state;
	(void)direction;
	(void)snprintf(ret, size, "load the kernel module " LEND_VFIO_DRIVER);
}

const struct lend_step lend_step_vfio_module = {
	.name = "vfio_module",
	.scope = LEND_SCOPE_HOST,
	.deadline_ms = lend_step_unbind_deadline,
	.applies = vfio_module_applies,
	.read = vfio_module_read,
	.apply = vfio_module_apply,
	.describe = vfio_module_describe,
};
