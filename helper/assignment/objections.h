/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

struct lend_assignment;
struct lend_error;
struct lend_fs;
struct lend_libvirt;
struct lend_libvirt_domain;
struct lend_domain;
struct lend_plan;

/**
 * What the survey has against an assignment's functions. -ENOTSUP over the first reason that does not go away while the
 * host runs: such a domain could never start. What does pass, as a device in use now, is a warning on standard error
 * about @subject. With @take_group what shares an IOMMU group goes along and is none.
 */
int lend_objections_to_assignment(const struct lend_fs *fs, const struct lend_assignment *assignment, bool take_group,
				  const char *subject, struct lend_error *error);

/**
 * Tells on standard error what goes along unasked, by name, and repeats what the survey warns of when lending costs the
 * host or the guest something, such as the host's screen.
 */
int lend_costs_of_assignment(const struct lend_fs *fs, const struct lend_assignment *assignment, const char *subject,
			     struct lend_error *error);

/** Before a start of @plan: of these warnings the ones that something can be done about now. */
int lend_costs_of_start(const struct lend_fs *fs, const struct lend_plan *plan, const char *subject,
			struct lend_error *error);

/** Whether @domain has one of the functions as an NVMe disk: no guest can have a drive twice. -EEXIST with which. */
int lend_objections_to_drives(const struct lend_domain *domain, const struct lend_assignment *assignment,
			      struct lend_error *error);

/**
 * Whether a saved state keeps @name, a domain with devices, from starting: the hook does not let libvirt restore one.
 * -ENOTSUP when there is one. QEMU saves no VM with such a device, so it is always one from before.
 */
int lend_objections_to_saved_state(struct lend_libvirt_domain *domain, const char *name, struct lend_error *error);
