/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lendpci/know/holders/kernel_users.h"
#include "lendpci/know/pci/address.h"

/**
 * Who uses a function on the host, so that taking it away would hang the driver or lose data.
 *
 * Names that strangers chose (processes, mount points) are made printable: see lend_text_make_printable().
 */
struct lend_holder {
	struct lend_address function;
	pid_t pid;     /* 0 when it is no process: a mount, swap, a device-mapper target, an interface in use */
	char *command; /* comm of the process, or what it is: "mount", "swap", "lvm", "zfs pool tank", "LIO", "network",
			* "mdev", "virtual function"; "kernel" for a claim without a name */
	char *unit;    /* systemd unit; NULL when there is none */
	bool is_user_unit; /* @unit is one of a user's own manager: a name that the user chose, unknown to the system's
			    */
	char *session; /* whose end ends the process: "session-3.scope", "user@1000.service"; NULL for nobody's who is
			* logged in: see know/host/control_group.h */
	char *node;    /* "/dev/dri/card0", "/dev/nvme0n1p1 on /srv", "vg0-data on /dev/nvme0n1", "eth0 192.0.2.7/24" */
};
void lend_holder_clear(struct lend_holder *holder);

/** A copy made printable. -ENOMEM with @ret untouched. */
int lend_holder_copy(const struct lend_holder *holder, struct lend_holder *ret);

/** "Xorg (pid 812, display-manager.service): /dev/dri/card0", "mount: /dev/nvme0n1p1 on /srv". The caller's to free. */
char *lend_holder_describe(const struct lend_holder *holder);

struct lend_holders {
	struct lend_holder *items;
	size_t count;
	struct lend_kernel_users in_kernel; /* who uses them without a process; not counted */
	unsigned unseen; /* processes that the caller may not look into, or that there was no time for */
};
void lend_holders_clear(struct lend_holders *holders);

/** Adds one holder, once, made printable. @unit may be NULL. -ENOMEM. */
int lend_holders_add(struct lend_holders *holders, const struct lend_holder *holder);

/** By function; of one function first what is no process, then processes by pid, command and node. */
void lend_holders_sort(struct lend_holders *holders);
