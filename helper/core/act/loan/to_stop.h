/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the host's configuration lets stop for a loan. Private to this room. */

#include <stdbool.h>

#include "lendpci/act/context.h"

struct lend_error;
struct lend_holder;

/** Each blank-separated. */
struct lend_to_stop {
	char units[512];    /* systemd's */
	char sessions[512]; /* of users: "session-3.scope", "user@1000.service" */
	bool release;       /* nobody: who has it open is asked to let go, by the event of a card that is gone */
};

/**
 * Adds what ends @holder to @to_stop. 1 when it has, 0 when the configuration lets nothing of it be stopped, -E2BIG
 * with a sentence.
 */
int lend_to_stop_add(const struct lend_context *context, const struct lend_holder *holder, struct lend_to_stop *to_stop,
		     struct lend_error *error);

/**
 * Whether @holder, with holders = release, can be asked to let go: a process with a DRM or sound node open, of a card
 * that is not the host's first display. A compositor does not outlive that one.
 */
bool lend_to_stop_can_release(const struct lend_context *context, const struct lend_holder *holder);

/**
 * Adds the display manager where a session is to end: it does not use the device itself, but would have its greeter, or
 * the same user, in the next session at once.
 */
int lend_to_stop_add_display_manager(const struct lend_context *context, struct lend_to_stop *to_stop,
				     struct lend_error *error);

/** -EBUSY where this process itself would end with a session. */
int lend_to_stop_check_self(const struct lend_context *context, const struct lend_to_stop *to_stop,
			    struct lend_error *error);
