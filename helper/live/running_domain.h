/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "lendpci/know/pci/function.h"

struct lend_call;
struct lend_domain;
struct lend_error;
struct lend_fs;
struct lend_libvirt;
struct lend_libvirt_domain;

/** A domain whose guest runs on this host, and what it has just now. */
struct lend_running_domain {
	struct lend_libvirt *libvirt;
	struct lend_libvirt_domain *handle;
	struct lend_domain *domain; /* its live XML, as it was read last */
};

/**
 * Finds the domain @name. -ENOENT when libvirt knows none, -ENOTCONN when it does not run, -ENOTSUP when its QEMU is
 * not one of this host: its devices are another host's. Cleared by lend_running_domain_clear(), also after a failure.
 */
int lend_running_domain_open(const struct lend_call *call, const struct lend_fs *fs, const char *name,
			     struct lend_running_domain *ret, struct lend_error *error);
void lend_running_domain_clear(struct lend_running_domain *running);

/** Hands @function, which is on vfio-pci, to the guest. -errno with libvirt's reason. */
int lend_running_domain_plug(const struct lend_running_domain *running, const struct lend_fs *fs,
			     struct lend_address function, struct lend_error *error);

/**
 * Asks the guest for @functions, and waits until it has let all of them go. -ETIMEDOUT, naming the first that it still
 * has, after @timeout_ms: a guest may take its time, or never answer.
 */
int lend_running_domain_unplug(struct lend_running_domain *running, const struct lend_fs *fs,
			       const struct lend_addresses *functions, unsigned timeout_ms, struct lend_error *error);
