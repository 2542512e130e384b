/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lend_error;
struct lend_context;
struct lend_libvirt;
struct lend_libvirt_domain;

/** A domain that is being turned off. */
struct lend_shutdown_entry {
	struct lend_libvirt_domain *handle;
	char *name;
	char uuid[37];
	bool is_off;
	bool was_powered_off; /* it did not shut down in time */
};

/** The domains that are turned off together. */
struct lend_shutdown_list {
	struct lend_shutdown_entry *items;
	size_t count;
};
void lend_shutdown_list_clear(struct lend_shutdown_list *list);

/** Adds a domain by name or UUID. -ENOENT when there is none. */
int lend_shutdown_list_add(struct lend_libvirt *libvirt, const char *name, struct lend_shutdown_list *list,
			   struct lend_error *error);

/** Adds every running domain that has something on loan, or a PCI device that it would borrow at its next start. */
int lend_shutdown_list_add_all(const struct lend_context *context, struct lend_libvirt *libvirt,
			       struct lend_shutdown_list *list, struct lend_error *error);

/**
 * Turns them off, all at once: asks the guests to shut down (ACPI), waits at most @timeout_ms for all together, and
 * powers off those that still run. Then returns what libvirt's hook did not: a loan must not outlive its domain.
 *
 * Tells each step to @context's note; @tick (may be NULL) is called about once a second meanwhile. Goes on after a
 * failure and returns the first one. The connection needs libvirt's event loop: lend_libvirt_loop_prepare() comes
 * before it.
 */
int lend_turn_off(const struct lend_context *context, struct lend_libvirt *libvirt, struct lend_shutdown_list *list,
		  unsigned timeout_ms, void (*tick)(const struct lend_shutdown_list *list, unsigned left_ms),
		  struct lend_error *error);
