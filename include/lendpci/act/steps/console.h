/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "lendpci/know/pci/address.h"

struct lend_addresses;
struct lend_error;
struct lend_fs;

/**
 * The host's text consoles on a function's framebuffer.
 *
 * fbcon draws them until the host driver takes the framebuffer away. It lets go earlier, while that driver is still
 * whole, when it is told so; but one switch serves all framebuffers of the host, so that is safe only where each of
 * them is lent. The firmware's framebuffer (efi-framebuffer.0, simple-framebuffer.0, …) is no function's, and counts as
 * somebody else's.
 *
 * Source: the kernel's driver-api document "Console Drivers"; drivers/tty/vt/vt.c, drivers/video/fbdev/core/fbcon.c.
 */
struct lend_console {
	char name[64]; /* what draws them, as the kernel calls it: "(M) frame buffer device"; "" where nothing does */
};

/** Whether @address has a framebuffer now. Never waits. */
bool lend_console_has_framebuffer(const struct lend_fs *fs, struct lend_address address);

/** Whether every framebuffer of the host is one of @functions', so that nobody else's console goes with theirs. */
bool lend_console_is_only_of(const struct lend_fs *fs, const struct lend_addresses *functions);

/**
 * Reads what draws on @address's framebuffer now: "" where it has none, or consoles are not bound to framebuffers.
 * -ETIMEDOUT when somebody keeps the kernel's console lock. @ret is untouched on failure.
 */
int lend_console_read(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		      struct lend_console *ret, struct lend_error *error);

/**
 * Binds @console, which is not empty, to the host's framebuffers, or unbinds it, and reads that back. Returns 1 when it
 * did, 0 when it was so already; without a framebuffer there is nothing to unbind, and -ENOENT for binding.
 *
 * -EIO if the kernel kept it as it was, -ETIMEDOUT when somebody keeps the console lock; @ret_hanging (may be NULL) as
 * in lend_isolate(). Serves the loan and its undo alike; @address, for whom it is done, is the subject of what is said.
 */
int lend_console_apply(const struct lend_fs *fs, struct lend_address address, unsigned deadline_ms,
		       const struct lend_console *console, bool bound, pid_t *ret_hanging, struct lend_error *error);
