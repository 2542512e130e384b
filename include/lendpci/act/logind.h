/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct lend_error;
struct lend_fs;

/**
 * logind over D-Bus: the sessions of users who are logged in, which it ends and we never kill, and the host's sleep.
 *
 * Source: org.freedesktop.login1(5).
 */

/**
 * Has logind end the session whose scope is @scope ("session-3.scope"), after @message was written to its terminal if
 * it has one. Waits, at most @deadline_ms, until all of its processes have ended. One that is gone is fine.
 */
int lend_logind_end_session(const struct lend_fs *fs, const char *scope, const char *message, unsigned deadline_ms,
			    struct lend_error *error);

/**
 * Has logind end the sessions that @uid has at a seat of this host, and leaves those that came in over the network.
 * @message goes to the terminals of all. Does not wait. A user who is gone is fine.
 */
int lend_logind_end_seats(const struct lend_fs *fs, uid_t uid, const char *message, struct lend_error *error);

/**
 * Keeps the host from sleeping, hibernating included, for as long as the descriptor that is returned is open. @why is
 * shown to who wants it to sleep, and by `systemd-inhibit --list`.
 */
int lend_logind_block_sleep(const char *why, struct lend_error *error);

/** Whether @uid is logged in, or lingers. False where logind cannot be asked. */
bool lend_logind_has_user(const struct lend_fs *fs, uid_t uid);
