/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;

/**
 * What uses a function inside the kernel without a process, so that no search for holders finds it, and may keep its
 * driver from ever letting go. To be told before anything is unbound; whether it is a reason to refuse is for others.
 */
struct lend_kernel_user {
	struct lend_address function;
	char module[64]; /* "nvidia_drm" */
	char text[320];  /* one sentence, to stand behind "ADDRESS: " */
	char hint[320];  /* what to do */
};

struct lend_kernel_users {
	struct lend_kernel_user *items;
	size_t count;
};
void lend_kernel_users_clear(struct lend_kernel_users *users);

/**
 * Finds them for @count @functions, in their order. @ret is empty when there are none, and untouched on failure.
 *
 * nvidia_drm with modeset opens each GPU of the driver nvidia when it is loaded, and with fbdev the text console draws
 * through it. nvidia's remove() waits for as long as the GPU is open (nv_pci_remove() in kernel-open/nvidia/nv-pci.c);
 * newer drivers try to close it for nvidia_drm first, which works only while nobody else has it open. The module's
 * reference count tells of all its cards together, so it is not looked at.
 *
 * nvidia-persistenced is none of these: it has /dev/nvidiaN open and is found as the process that it is. The older
 * persistence mode (nvidia-smi -pm 1 without the daemon) shows nowhere.
 */
int lend_kernel_users_find(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
			   struct lend_kernel_users *ret, struct lend_error *error);
