/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "lendpci/address.h"

struct lend_error;
struct lend_fs;

/** Who uses a function on the host, so that taking it away would hang the driver or lose data. */
struct lend_holder {
	struct lend_address function;
	pid_t pid;     /* 0 when it is no process: a mount, swap, a device-mapper target, an interface in use */
	char *command; /* comm of the process, or what it is: "mount", "swap", "lvm", "md", "network" */
	char *unit;    /* systemd unit, NULL when there is none */
	char *node;    /* "/dev/dri/card0", "/dev/nvme0n1p1 on /srv", "eth0 192.0.2.7/24" */
};

struct lend_holders {
	struct lend_holder *items;
	size_t count;
};
void lend_holders_clear(struct lend_holders *holders);

/**
 * Finds who uses any of @count @functions through a driver of the host: processes by /proc/PID/fd and /proc/PID/maps on
 * the functions' device nodes, block devices that are mounted (in any mount namespace), swap or part of dm/md/bcache,
 * network interfaces that carry an address or the default route. One scan of /proc for all functions together; a
 * process that ends meanwhile is passed over. Never opens a device. @ret is empty when nobody does.
 */
int lend_holders_find(const struct lend_fs *fs, const struct lend_address *functions, size_t count,
		      struct lend_holders *ret, struct lend_error *error);

/** "Xorg (pid 812, display-manager.service): /dev/dri/card0", "mount: /dev/nvme0n1p1 on /srv". The caller's to free. */
char *lend_holder_describe(const struct lend_holder *holder);
