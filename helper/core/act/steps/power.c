/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The power step. D3cold is forbidden before the function is woken: with control "on" first it could be on its way
 * down. */
#include "lendpci/act/steps/power.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/isolate.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/function.h"

const struct lend_power lend_power_awake = { .control = "on", .d3cold_allowed = "0" };

/* Conventional PCI has neither file: nothing to keep awake, nothing to restore. */
static int read_one(const struct lend_fs *fs, struct lend_address address, const char *attribute, char *ret,
		    size_t size, struct lend_error *error)
{
	int r;

	r = lend_fs_read(fs, lend_function_path(address, attribute).text, ret, size, error);
	if (r == -ENOENT) {
		ret[0] = '\0';
		return 0;
	}
	return r;
}

int lend_power_read(const struct lend_fs *fs, struct lend_address address, struct lend_power *ret,
		    struct lend_error *error)
{
	struct lend_power power = { 0 };
	int r;

	r = read_one(fs, address, "power/control", power.control, sizeof(power.control), error);
	if (r < 0)
		return r;
	r = read_one(fs, address, "d3cold_allowed", power.d3cold_allowed, sizeof(power.d3cold_allowed), error);
	if (r < 0)
		return r;
	*ret = power;
	return 0;
}

static int apply_one(const struct lend_fs *fs, struct lend_address address, const char *attribute, const char *want,
		     struct lend_error *error)
{
	const struct lend_function_path path = lend_function_path(address, attribute);
	char now[8];
	int r;

	if (!*want || !lend_fs_exists(fs, path.text))
		return 0;

	r = lend_fs_read(fs, path.text, now, sizeof(now), error);
	if (r < 0)
		return r;
	if (strcmp(now, want) == 0)
		return 0;
	r = lend_fs_write(fs, path.text, want, error);
	if (r < 0)
		return r;
	r = lend_fs_read(fs, path.text, now, sizeof(now), error);
	if (r < 0)
		return r;
	if (strcmp(now, want) != 0)
		return lend_error_set(error, -EIO, "%s: the kernel kept %s at '%s' instead of '%s'",
				      lend_address_text(address).text, attribute, now, want);
	return 0;
}

struct input {
	struct lend_address address;
	struct lend_power want;
};

static int apply_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			  struct lend_error *error)
{
	const struct input *in = input;
	int r;

	(void)output;
	(void)snprintf(progress->doing, sizeof(progress->doing), "waking it up");
	r = apply_one(fs, in->address, "d3cold_allowed", in->want.d3cold_allowed, error);
	if (r < 0)
		return r;
	return apply_one(fs, in->address, "power/control", in->want.control, error);
}

int lend_power_apply(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		     const struct lend_power *want, struct lend_error *error)
{
	const struct input input = { address, *want };

	return lend_isolate(fs, lend_address_text(address).text, deadline_ms, apply_in_child, &input, NULL, 0, NULL,
			    error);
}
