/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/function.h"

struct lend_error;
struct lend_fs;

/** One domain as libvirt keeps it on disk. */
struct lend_stored_domain {
	char *name;
	struct lend_addresses functions; /* its PCI hostdevs, and what its policy names */
	bool has_policy;
	bool is_saved; /* there is a managed-save image, which the next start restores */
};

struct lend_stored_domains {
	struct lend_stored_domain *items; /* sorted by file name */
	size_t count;
	size_t unread; /* definitions that could not be read or understood */
};
void lend_stored_domains_clear(struct lend_stored_domains *domains);

/**
 * Reads the persistent definitions where libvirt keeps them, without asking it: for whoever must not, as a hook, or
 * would wait for a daemon that is down. No such folder is fine: there are none.
 *
 * Source: /etc/libvirt/qemu/NAME.xml, /var/lib/libvirt/qemu/save/NAME.save (libvirt, src/qemu/qemu_conf.c).
 */
int lend_stored_domains_read(const struct lend_fs *fs, struct lend_stored_domains *ret, struct lend_error *error);
