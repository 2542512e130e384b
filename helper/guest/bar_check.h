/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_call;
struct lend_error;

/**
 * status --guest DOMAIN: compares the BARs that the running guest has assigned with those of the host, and prints
 * them. 0 when each BAR has an address; -ENOSPC with the first function of which one has none, -ENODEV when QEMU
 * does not tell of one, -EAGAIN when the guest has placed nothing at all, -ENOTCONN for a domain that is off.
 */
int lend_guest_bar_check(const struct lend_call *call, struct lend_error *error);
