/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_error;
struct lend_fs;

/**
 * systemd units that use a device: stopped before it is lent, started again when it is home.
 *
 * Only units that the host's configuration names are ever stopped. A domain's policy, which its owner writes, can ask
 * for the stopping but cannot name what is stopped.
 */

/**
 * Stops @unit and waits, at most @deadline_ms, until it is down. -ENOENT when there is no such unit, -ETIMEDOUT; other
 * errors are systemd's. Source: org.freedesktop.systemd1(5).
 */
int lend_units_stop(const struct lend_fs *fs, const char *unit, unsigned deadline_ms, struct lend_error *error);

/** Asks for @unit to be started, and does not wait for it: a display manager is up when it is up. */
int lend_units_start(const struct lend_fs *fs, const char *unit, struct lend_error *error);
