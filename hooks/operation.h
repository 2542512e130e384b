/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lendpci/act/context.h"
#include "lendpci/know/host/process.h"

struct lend_error;
struct lend_fs;

/** What libvirt says when it calls `qemu NAME OPERATION SUBOPERATION EXTRA`. Borrowed. */
struct lend_hook_call {
	const char *domain;
	const char *operation;
	const char *xml; /* standard input: the domain's XML */
	size_t xml_size;
	struct lend_process daemon; /* who called: libvirtd or virtqemud */
};

/** Whether the hook does anything at @operation. False for the ones that it does not know: newer libvirts have more. */
bool lend_hook_knows(const char *operation);

/**
 * Whether @call can concern lendpci: a search of its XML, and a look for a restore just before, is all that a start
 * without passthrough pays for. A saved or incoming VM always may, since what counts is also its definition on this
 * host.
 */
bool lend_hook_concerns(const struct lend_fs *fs, const struct lend_hook_call *call);

/**
 * Does what @operation asks. Returns 0, or -errno with a sentence that begins with the domain's name; where libvirt
 * heeds the exit status, a failure aborts the operation.
 *
 * Source: libvirt, docs/hooks.rst.
 */
int lend_hook_run(const struct lend_context *context, const struct lend_hook_call *call, struct lend_error *error);

/**
 * Whether @operation must not be done unless the administrator's settings can be read. A return must be: with the
 * defaults, if need be.
 */
bool lend_hook_needs_settings(const char *operation);

/**
 * Whether libvirt heeds a failure of @operation. Not at release, where there is nothing left to abort; and the hook
 * never fails at reconnect, where libvirt would kill a running VM, and at restore, where it would delete a saved state.
 */
bool lend_hook_may_fail(const char *operation);
