/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

struct lend_domain_configs;
struct lend_error;
struct lend_fs;
struct lend_inventory;

/** Something that another way of passing devices through has left, and that would do the work twice or against us. */
struct lend_leftover {
	char text[480]; /* one sentence */
	char hint[320]; /* what to remove */
};

struct lend_leftovers {
	struct lend_leftover *items;
	size_t count;
};
void lend_leftovers_clear(struct lend_leftovers *leftovers);

/**
 * Finds it: hook scripts that call virsh, which waits for the hook and so for itself, or that bind drivers; folders of
 * VFIO-Tools' layout below qemu.d/; and the ways to keep a card on vfio-pci by its ids (the kernel's command line,
 * modprobe.d) or its address (driverctl), for cards that a domain of @domains has.
 *
 * Sources: libvirt's docs/hooks.rst; PassthroughPOST's VFIO-Tools; modprobe.d(5); driverctl(8). Only -ENOMEM.
 */
int lend_leftovers_find(const struct lend_fs *fs, const struct lend_inventory *inventory,
			const struct lend_domain_configs *domains, struct lend_leftovers *ret,
			struct lend_error *error);
