/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lend_error;
struct lend_context;
struct lend_libvirt;

/**
 * Keeps what assign promised, over one connection to libvirt: whenever a definition changes, brings it back in line
 * with its policy (lend_repair()); whenever a domain ends, and at the beginning, brings home what was left on loan.
 *
 * Works on events alone. Its own changes come back as events, are looked at, found in line, and that is the end of it.
 * If they are not, because somebody else keeps changing the same thing back, the definition is left alone for a while.
 */
struct lend_watcher;

/** Begins: looks at every definition once, and reconciles. @context and @libvirt are borrowed. */
int lend_watcher_new(const struct lend_context *context, struct lend_libvirt *libvirt, struct lend_watcher **ret,
		     struct lend_error *error);
void lend_watcher_free(struct lend_watcher *watcher);
void lend_watcher_freep(struct lend_watcher **watcher);

/** Waits for events, at most @ms, and deals with them. */
int lend_watcher_run(struct lend_watcher *watcher, unsigned ms, struct lend_error *error);

/** Whether the connection broke, so that this watcher hears nothing any more. */
bool lend_watcher_is_deaf(const struct lend_watcher *watcher);

/** How many definitions with a policy it knows, and how often it changed one. */
size_t lend_watcher_domains(const struct lend_watcher *watcher);
unsigned lend_watcher_repairs(const struct lend_watcher *watcher);
