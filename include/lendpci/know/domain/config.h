/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/know/pci/function.h"

struct lend_domain;
struct lend_error;
struct lend_fs;

/** One domain as libvirt keeps it on disk. */
struct lend_domain_config {
	char *name;
	struct lend_addresses functions; /* its PCI hostdevs, and what its policy names */
	bool borrows;                    /* lend_domain_first_borrowed() */
	bool is_saved;                   /* there is a managed-save image, which the next start restores */
};

struct lend_domain_configs {
	struct lend_domain_config *items; /* sorted by file name */
	size_t count;
	size_t unread; /* definitions that could not be read or understood */
};
void lend_domain_configs_clear(struct lend_domain_configs *domains);

/**
 * Reads the persistent definitions where libvirt keeps them, without asking it: for whoever must not, as a hook, or
 * would wait for a daemon that is down. No such folder is fine: there are none.
 *
 * Source: /etc/libvirt/qemu/NAME.xml, /var/lib/libvirt/qemu/save/NAME.save (libvirt, src/qemu/qemu_conf.c).
 */
int lend_domain_configs_read(const struct lend_fs *fs, struct lend_domain_configs *ret, struct lend_error *error);

/**
 * Reads the persistent definition of the domain @name, if it can concern lendpci at all: one that cannot is not even
 * parsed. @ret is the caller's, lend_domain_freep() releases it.
 *
 * -ENOENT when there is none, or none that can concern lendpci. A name that is no file's of that folder (with a slash,
 * or hidden) has none. -EINVAL for one that is not understood.
 */
int lend_domain_config_find(const struct lend_fs *fs, const char *name, struct lend_domain **ret,
			    struct lend_error *error);
