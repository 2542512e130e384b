/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lend_error;
struct lend_context;
struct lend_libvirt;

/**
 * Keeps definitions as assigned, over one connection to libvirt: whenever a definition changes, repairs it
 * (lend_repair()); whenever a domain ends, and at the beginning, returns what was left on loan.
 *
 * Driven by events alone. Its own changes cause events too; the definition is then found to be right. If it never is,
 * because something else keeps reverting the repair, the definition is not repaired for a while.
 */
struct lend_watcher;

/** Starts: checks every definition once, and reconciles. @context and @libvirt are borrowed. */
int lend_watcher_new(const struct lend_context *context, struct lend_libvirt *libvirt, struct lend_watcher **ret,
		     struct lend_error *error);
void lend_watcher_free(struct lend_watcher *watcher);
void lend_watcher_freep(struct lend_watcher **watcher);

/** Waits for events, at most @ms, and handles them. */
int lend_watcher_run(struct lend_watcher *watcher, unsigned ms, struct lend_error *error);

/** Whether the connection broke, so that this watcher gets no more events. */
bool lend_watcher_is_disconnected(const struct lend_watcher *watcher);

/** How many definitions with a policy it knows, and how often it changed one. */
size_t lend_watcher_domains(const struct lend_watcher *watcher);
unsigned lend_watcher_repairs(const struct lend_watcher *watcher);
