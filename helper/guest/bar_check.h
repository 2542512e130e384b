/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_call;
struct lend_error;

/**
 * status --guest DOMAIN: compares where the running guest has the memory of its devices with what the host has, and
 * prints it. 0 when each BAR has its place; -ENOSPC with the first function of which one has none, -ENODEV when QEMU
 * does not tell of one, -EAGAIN when the guest has placed nothing at all, -ENOTCONN for a domain that is off.
 */
int lend_guest_bar_check(const struct lend_call *call, struct lend_error *error);
