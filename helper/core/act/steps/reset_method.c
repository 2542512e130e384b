/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reset order step: nothing is changed for a loan, and what was changed during it is put back. */
#include "lendpci/act/steps/reset_method.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/isolate.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/function.h"

struct input {
	struct lend_address address;
	struct lend_reset_method want;
};

int lend_reset_method_read(const struct lend_fs *fs, struct lend_address address, struct lend_reset_method *ret,
			   struct lend_error *error)
{
	const struct lend_function_path path = lend_function_path(address, "reset_method");
	struct lend_reset_method now = { "" };
	int r;

	r = lend_fs_read(fs, path.text, now.text, sizeof(now.text), error);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret = now;
	return 0;
}

static int apply_in_child(const struct lend_fs *fs, const void *input, void *output, struct lend_progress *progress,
			  struct lend_error *error)
{
	const struct input *in = input;
	const struct lend_function_path path = lend_function_path(in->address, "reset_method");
	struct lend_reset_method now;
	int r;

	(void)output;
	(void)snprintf(progress->doing, sizeof(progress->doing), "setting its reset order");
	r = lend_reset_method_read(fs, in->address, &now, error);
	if (r < 0 || !*now.text || strcmp(now.text, in->want.text) == 0)
		return r;
	r = lend_fs_write(fs, path.text, in->want.text, error);
	if (r < 0)
		return r;
	r = lend_reset_method_read(fs, in->address, &now, error);
	if (r < 0)
		return r;
	if (strcmp(now.text, in->want.text) != 0)
		return lend_error_set(error, -EIO, "%s: the kernel kept reset_method at '%s' instead of '%s'",
				      lend_address_text(in->address).text, now.text, in->want.text);
	return 0;
}

int lend_reset_method_apply(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
			    const struct lend_reset_method *want, struct lend_error *error)
{
	const struct input input = { address, *want };

	if (!*want->text)
		return 0;
	return lend_isolate(fs, lend_address_text(address).text, deadline_ms, apply_in_child, &input, NULL, 0, NULL,
			    error);
}
