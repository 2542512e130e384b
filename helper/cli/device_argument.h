/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lendpci/know/pci/function.h"

struct lend_error;
struct lend_fs;

/**
 * The functions that @count DEVICE arguments name, in their order and without repetition: an address (libvirt's
 * pci_0000_01_00_0 too), a slot (all its functions), a location path, or what lend_device_name_find() takes. Returns 0,
 * LEND_EXIT_USAGE for what is none of them or may be several, or -ENODEV when the host has no
 * such device. @ret is to be cleared in either case.
 */
int lend_device_arguments(const struct lend_fs *fs, char *const *arguments, size_t count, struct lend_addresses *ret,
			  struct lend_error *error);

/** The same without a host to look at: a slot names those of its functions that @known holds. */
int lend_device_arguments_among(const struct lend_fs *fs, char *const *arguments, size_t count,
				const struct lend_addresses *known, struct lend_addresses *ret,
				struct lend_error *error);
