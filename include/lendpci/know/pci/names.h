/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct lend_error;
struct lend_function;

/** What people call things: the pci.ids list of this host, opened once. Not for use by two threads at a time. */
struct lend_names;

/** Opens the list, by default the one that lspci uses; @path (may be NULL) names another. Never fails for lack of one.
 */
int lend_names_new(const char *path, struct lend_names **ret, struct lend_error *error);
void lend_names_free(struct lend_names *names);
void lend_names_freep(struct lend_names **names);

enum { LEND_NAME_MAX = 256 };

/**
 * "NVIDIA Corporation GP104 [GeForce GTX 1080]". With a list that does not know it, or that is missing or broken, what
 * can be said by numbers: "Device 10de:1b80".
 */
void lend_names_function(struct lend_names *names, const struct lend_function *function,
			 char ret[static LEND_NAME_MAX]);

/** "VGA compatible controller", or "Class 0300". */
void lend_names_class(struct lend_names *names, uint32_t class, char ret[static LEND_NAME_MAX]);
