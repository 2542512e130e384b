/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What uses a function inside the kernel without a process.
 *
 * Relies on sys/module/nvidia_drm/parameters, where a switch reads Y or N. modeset may be for root alone; a module that
 * is loaded and does not say so counts as switched on, which newer packages do.
 */
#include "lendpci/know/holders/kernel_users.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/function.h"

#define PARAMETERS "sys/module/nvidia_drm/parameters"

void lend_kernel_users_clear(struct lend_kernel_users *users)
{
	free(users->items);
	*users = (struct lend_kernel_users){ 0 };
}

static bool is_on(const struct lend_fs *fs, const char *path, bool otherwise)
{
	char text[16];

	if (lend_fs_read(fs, path, text, sizeof(text), NULL) < 0)
		return otherwise;
	return *text == 'Y' || *text == 'y' || *text == '1';
}

/* What nvidia_drm has of every GPU of its driver; false while it has none. */
static bool read_nvidia_drm(const struct lend_fs *fs, struct lend_kernel_user *ret)
{
	bool draws;

	*ret = (struct lend_kernel_user){ .module = "nvidia_drm" };
	if (!lend_fs_exists(fs, "sys/module/nvidia_drm") || !is_on(fs, PARAMETERS "/modeset", true))
		return false;
	draws = is_on(fs, PARAMETERS "/fbdev", false);
	(void)snprintf(
		ret->text, sizeof(ret->text),
		"nvidia_drm has it open inside the kernel (modeset=Y%s): unbinding its driver nvidia may wait for that without end",
		draws ? ", fbdev=Y, so the text console too" : "");
	(void)snprintf(
		ret->hint, sizeof(ret->hint),
		"stop the display manager and 'modprobe -r nvidia_drm' before the VM starts; or put 'options nvidia_drm modeset=0%s' into /etc/modprobe.d and boot",
		draws ? " fbdev=0" : "");
	return true;
}

static int add(struct lend_kernel_users *users, const struct lend_kernel_user *user, struct lend_address function)
{
	struct lend_kernel_user *bigger = reallocarray(users->items, users->count + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	users->items = bigger;
	bigger[users->count] = *user;
	bigger[users->count++].function = function;
	return 0;
}

int lend_kernel_users_find(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
			   struct lend_kernel_users *ret, struct lend_error *error)
{
	_cleanup_(lend_kernel_users_clear) struct lend_kernel_users users = { 0 };
	struct lend_kernel_user nvidia_drm;
	const bool has_nvidia_drm = read_nvidia_drm(fs, &nvidia_drm);

	for (size_t i = 0; has_nvidia_drm && i < count; i++) {
		char driver[64];
		int r;

		r = lend_function_driver(fs, functions[i], driver, error);
		if (r < 0)
			return r;
		if (strcmp(driver, "nvidia") == 0 && add(&users, &nvidia_drm, functions[i]) < 0)
			return lend_error_set(error, -ENOMEM, "%s: out of memory",
					      lend_address_text(functions[i]).text);
	}
	*ret = users;
	users = (struct lend_kernel_users){ 0 };
	return 0;
}
