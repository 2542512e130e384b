/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done for a function whose journal entry is lost. */
#include "rescue.h"

#include <string.h>

#include "lendpci/act/context.h"
#include "lendpci/act/isolate.h"
#include "lendpci/act/journal.h"
#include "lendpci/act/steps/driver.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"

static int rescue_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			   struct lend_error *error)
{
	const struct lend_address *address = input;
	char override[64], driver[64];
	int r;

	(void)output;
	lend_progress_doing(progress, "clearing driver_override");
	r = lend_driver_read(fs, *address, override, driver, error);
	if (r == 0)
		r = lend_driver_set_override(fs, *address, "", error);
	if (r == 0 && strcmp(driver, LEND_VFIO_DRIVER) == 0)
		r = lend_driver_unbind(fs, *address, driver, progress, error);
	if (r < 0)
		return r;
	lend_progress_doing(progress, "letting the kernel choose a driver");
	return lend_fs_write(fs, "sys/bus/pci/drivers_probe", lend_address_text(*address).text, error);
}

int lend_rescue(const struct lend_context *context, struct lend_address address, struct lend_error *error)
{
	int r;

	r = lend_journal_set_aside(context->fs, address, error);
	if (r < 0)
		return r;
	return lend_isolate(context->fs, lend_address_text(address).text, context->settings->unbind_deadline_ms,
			    rescue_in_child, &address, NULL, 0, NULL, error);
}
