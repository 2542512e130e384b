/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

struct lend_addresses;
struct lend_error;
struct lend_fs;

/**
 * The host's address that the ssh connection of process @pid goes to: the third word of SSH_CONNECTION in its
 * environment, or in that of the nearest process above it which has one, since sudo drops it. Returns 1, or 0 when it
 * came in by none. Source: ssh(1), proc(5).
 */
int lend_remote_address(const struct lend_fs *fs, pid_t pid, char ret[static INET6_ADDRSTRLEN]);

/**
 * The functions that carry interface @name: its own, or those of the interfaces below a bridge, bond or VLAN. None for
 * one without hardware. -ENOMEM.
 */
int lend_interface_functions(const struct lend_fs *fs, const char *name, struct lend_addresses *ret,
			     struct lend_error *error);

/** The functions that carry the connection of this process. None without one, or on a recorded machine. */
int lend_remote_functions(const struct lend_fs *fs, struct lend_addresses *ret, struct lend_error *error);
