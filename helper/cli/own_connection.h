/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lendpci/know/pci/address.h"

struct lend_error;
struct lend_fs;
struct lend_plan;

/**
 * Refuses to take the network card that this command came in on: -EBUSY. Whatever the settings say, since who asks
 * would not see what comes of it.
 */
int lend_own_connection_refuse(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
			       struct lend_error *error);

/** Warns, about @subject, of each function of @plan that carries it. */
void lend_own_connection_warn(const struct lend_fs *fs, const char *subject, const struct lend_plan *plan);
