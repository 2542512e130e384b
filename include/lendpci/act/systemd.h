/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_error;
struct lend_fs;

/**
 * systemd's units over D-Bus.
 *
 * Source: org.freedesktop.systemd1(5).
 */

/**
 * Stops @unit and waits, at most @deadline_ms, until it is down. -ENOENT when there is no such unit, -ETIMEDOUT; other
 * errors are systemd's.
 */
int lend_systemd_stop(const struct lend_fs *fs, const char *unit, unsigned deadline_ms, struct lend_error *error);

/**
 * Asks for @unit to be started, and does not wait for it: a display manager is up when it is up. Its failures, and its
 * count of starts, are forgotten first.
 */
int lend_systemd_start(const struct lend_fs *fs, const char *unit, struct lend_error *error);
