/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves a function between drivers, every result read back. */
#include "lendpci/act/steps/driver.h"

#include <errno.h>
#include <string.h>

#include "lendpci/act/isolate.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/function.h"

static int read_override(const struct lend_fs *fs, struct lend_address address, char ret[static 64],
			 struct lend_error *error)
{
	int r;

	r = lend_fs_read(fs, lend_function_path(address, "driver_override").text, ret, 64, error);
	if (r < 0)
		return r;
	if (strcmp(ret, "(null)") == 0)
		ret[0] = '\0';
	return 0;
}

int lend_driver_read(const struct lend_fs *fs, struct lend_address address, char ret_override[static 64],
		     char ret_driver[static 64], struct lend_error *error)
{
	int r;

	r = read_override(fs, address, ret_override, error);
	return r < 0 ? r : lend_function_driver(fs, address, ret_driver, error);
}

int lend_driver_set_override(const struct lend_fs *fs, struct lend_address address, const char *driver,
			     struct lend_error *error)
{
	char now[64];
	int r;

	/* A lone newline is how the kernel is told "none". */
	r = lend_fs_write(fs, lend_function_path(address, "driver_override").text, *driver ? driver : "\n", error);
	if (r < 0)
		return r;
	r = read_override(fs, address, now, error);
	if (r < 0)
		return r;
	if (strcmp(now, driver) != 0)
		return lend_error_set(error, -EIO, "%s: the kernel kept driver_override at '%s' instead of '%s'",
				      lend_address_text(address).text, now, driver);
	return 0;
}

int lend_driver_unbind(const struct lend_fs *fs, struct lend_address address, const char *driver,
		       struct lend_progress *progress, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(address);
	char now[64];
	int r;

	lend_progress_doing(progress, "unbind from %s", driver);
	r = lend_fs_write(fs, lend_function_path(address, "driver/unbind").text, name.text, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s: cannot be unbound from %s", name.text, driver);
	r = lend_function_driver(fs, address, now, error);
	if (r < 0)
		return r;
	if (*now)
		return lend_error_set(error, -EIO, "%s: the kernel kept it on %s", name.text, now);
	return 0;
}

int lend_driver_probe(const struct lend_fs *fs, struct lend_address address, const char *driver,
		      struct lend_progress *progress, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(address);
	char now[64];
	int r;

	lend_progress_doing(progress, "bind to %s", driver);
	r = lend_fs_write(fs, "sys/bus/pci/drivers_probe", name.text, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s: cannot be bound to %s", name.text, driver);
	r = lend_function_driver(fs, address, now, error);
	if (r < 0)
		return r;
	if (strcmp(now, driver) == 0)
		return 0;
	if (*now)
		return lend_error_set(error, -EIO, "%s: the kernel bound it to %s instead of %s", name.text, now,
				      driver);
	lend_error_set(error, -EIO, "%s: %s does not take it", name.text, driver);
	return lend_error_hint(error, -EIO, "dmesg says why the driver's probe failed");
}
