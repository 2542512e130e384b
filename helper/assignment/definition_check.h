/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

struct lend_domain;
struct lend_error;
struct lend_fs;

/**
 * What is wrong with a definition beside this host (lend_definition_problems_find()), told on standard error: all but
 * the first error as warnings. @domain is what @xml says. Returns -ENOTSUP with the first error, when a start would
 * fail.
 */
int lend_definition_check(const struct lend_fs *fs, const struct lend_domain *domain, const char *xml, size_t size,
			  struct lend_error *error);
