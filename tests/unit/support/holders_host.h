/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lendpci/know/pci/address.h"

struct lend_fs;

/**
 * A recorded host with processes, disks and interfaces that a test invents.
 *
 * The plan: a temporary directory is the root. These files are modelled, as the kernel prints them:
 *
 *	sys/devices/pci0000:00/0000:00:01.0/ADDRESS/	a function behind a root port, with what a test puts below it
 *	sys/bus/pci/devices/ADDRESS			link to it; driver below it
 *	sys/kernel/iommu_groups/N/devices/ADDRESS	link to it; iommu_group below it
 *	sys/class/block/NAME, sys/class/net/NAME	links to the devices below it
 *	proc/PID/{comm,cgroup,maps,mountinfo}, proc/PID/fd/N, proc/PID/ns/mnt
 */
struct host {
	char root[64];
	struct lend_fs *fs;
};

/** For cmocka's set-up and tear-down: *state is a struct host. */
int host_set_up(void **state);
int host_tear_down(void **state);

/** A file below the root, and a symbolic link, with their parents. */
void host_put(const struct host *host, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
void host_link(const struct host *host, const char *path, const char *target);

/** A function with a host driver, or with none. */
void host_function(const struct host *host, const char *address, const char *driver);

/** Puts a function into IOMMU group @group. */
void host_group(const struct host *host, const char *address, int group);

/**
 * A device at @below the function, "drm/card0", with device number "226:0" and node @devname ("dri/card0"). @type is
 * "disk" or "partition" for a block device, which gets its link in sys/class/block; NULL for a character device.
 */
void host_device(const struct host *host, const char *function, const char *below, const char *number,
		 const char *devname, const char *type);

/** A disk that belongs to no function: "dm-0" with number "253:0". */
void host_disk(const struct host *host, const char *name, const char *number);

/** A process; @unit is a path of control groups, "/system.slice/ssh.service". */
void host_process(const struct host *host, int pid, const char *command, const char *unit);
void host_open(const struct host *host, int pid, int fd, const char *target);

/** The mount namespace of a process: its name and its lines of mountinfo. */
void host_mounts(const struct host *host, int pid, const char *space, const char *mountinfo);

/** Asserts who holds @functions (separated by blanks): one described holder per line. */
void assert_holders(const struct host *host, const char *functions, const char *lines);
