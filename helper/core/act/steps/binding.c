/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bind step: from one driver to another by driver_override.
 *
 * Relies on Documentation/ABI/testing/sysfs-bus-pci. Everything here that takes the kernel's device lock, reading
 * driver_override included, runs in an isolated child: a driver that hangs in remove() keeps that lock.
 */
#include "lendpci/act/steps/binding.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/isolate.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/function.h"

struct input {
	struct lend_address address;
	struct lend_binding want;
};

__attribute__((format(printf, 2, 3))) static void doing(struct lend_progress *progress, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(progress->doing, sizeof(progress->doing), format, arguments);
	va_end(arguments);
}

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

static int write_override(const struct lend_fs *fs, struct lend_address address, const char *driver,
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

static int read_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			 struct lend_error *error)
{
	const struct lend_address *address = input;
	struct lend_binding *binding = output;
	int r;

	/* In this order: the device lock that the first one takes makes the second one true. */
	doing(progress, "reading driver_override");
	r = read_override(fs, *address, binding->driver_override, error);
	if (r < 0)
		return r;
	return lend_function_driver(fs, *address, binding->driver, error);
}

int lend_bind_read(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		   struct lend_binding *ret, struct lend_error *error)
{
	return lend_isolate(fs, lend_address_text(address).text, deadline_ms, read_in_child, &address, ret,
			    sizeof(*ret), NULL, error);
}

static int unbind(const struct lend_fs *fs, struct lend_address address, const char *driver,
		  struct lend_progress *progress, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(address);
	char now[64];
	int r;

	doing(progress, "unbind from %s", driver);
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

static int probe(const struct lend_fs *fs, struct lend_address address, const char *driver,
		 struct lend_progress *progress, struct lend_error *error)
{
	const struct lend_address_text name = lend_address_text(address);
	char now[64];
	int r;

	doing(progress, "bind to %s", driver);
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

static int apply_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			  struct lend_error *error)
{
	const struct input *in = input;
	const struct lend_address address = in->address;
	char now[64];
	int r;

	(void)output;
	/*
	 * The kernel prints driver_override under the device lock: once it has, no unbind or probe of somebody who
	 * was killed is still under way, and the driver that is read next is the truth.
	 */
	doing(progress, "waiting for the device lock");
	r = read_override(fs, address, now, error);
	if (r < 0)
		return r;
	r = lend_function_driver(fs, address, now, error);
	if (r < 0)
		return r;

	if (strcmp(now, in->want.driver) != 0) {
		/* The override first: between unbind and probe nobody else's driver can take the function. */
		if (*in->want.driver) {
			r = write_override(fs, address, in->want.driver, error);
			if (r < 0)
				return r;
		}
		if (*now) {
			r = unbind(fs, address, now, progress, error);
			if (r < 0)
				return r;
		}
		if (*in->want.driver) {
			r = probe(fs, address, in->want.driver, progress, error);
			if (r < 0)
				return r;
		}
	}
	doing(progress, "setting driver_override");
	return write_override(fs, address, in->want.driver_override, error);
}

int lend_bind_apply(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		    const struct lend_binding *want, pid_t *ret_hanging, struct lend_error *error)
{
	const struct input input = { address, *want };

	return lend_isolate(fs, lend_address_text(address).text, deadline_ms, apply_in_child, &input, NULL, 0,
			    ret_hanging, error);
}

static int rescue_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			   struct lend_error *error)
{
	const struct lend_address *address = input;
	char now[64];
	int r;

	(void)output;
	doing(progress, "clearing driver_override");
	r = write_override(fs, *address, "", error);
	if (r < 0)
		return r;
	r = lend_function_driver(fs, *address, now, error);
	if (r < 0)
		return r;
	if (strcmp(now, LEND_VFIO_DRIVER) == 0) {
		r = unbind(fs, *address, now, progress, error);
		if (r < 0)
			return r;
	}
	doing(progress, "letting the kernel choose a driver");
	return lend_fs_write(fs, "sys/bus/pci/drivers_probe", lend_address_text(*address).text, error);
}

int lend_bind_rescue(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		     struct lend_error *error)
{
	return lend_isolate(fs, lend_address_text(address).text, deadline_ms, rescue_in_child, &address, NULL, 0, NULL,
			    error);
}
