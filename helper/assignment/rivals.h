/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_assignment;
struct lend_domain;
struct lend_error;
struct lend_libvirt;

/**
 * Warns on standard error of the other domains that have one of the functions assigned too, by a policy, a hostdev or
 * an argument of QEMU: legal, but only one of them can run at a time. A definition that libvirt or lendpci cannot read
 * is passed over.
 */
void lend_rivals_warn(struct lend_libvirt *libvirt, const struct lend_domain *domain,
		      const struct lend_assignment *assignment);

/**
 * Which other domain's policy names a device of @uuid's, as after virt-clone, which copies the policy. Returns 1 with
 * "0000:01:00.0 is assigned to NAME too" in @ret, or 0.
 */
int lend_rivals_find(struct lend_libvirt *libvirt, const char *uuid, struct lend_error *ret);
