/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct lend_error;
struct lend_fs;

/** A process, safe against its number being used again. */
struct lend_process {
	pid_t pid;          /* 0: none */
	uint64_t starttime; /* clock ticks after boot: field 22 of /proc/PID/stat, proc(5) */
};

/** Reads who @pid is now. -ESRCH when there is no such process. */
int lend_process_read(const struct lend_fs *fs, pid_t pid, struct lend_process *ret, struct lend_error *error);

/** Whether that very process still runs. False for a zombie and for none. */
bool lend_process_is_alive(const struct lend_fs *fs, const struct lend_process *process);

/** The real user of process @pid: the "Uid" of /proc/PID/status, which no other process' user can change. */
int lend_process_user(const struct lend_fs *fs, pid_t pid, uid_t *ret);

/**
 * The QEMU that runs the domain @uuid: a process with `-uuid UUID` in its arguments, as libvirt starts it, that runs as
 * root, as the owner of /var/lib/libvirt/qemu, or in a control group that libvirt or machined made for a VM. Others
 * have the same words only to be taken for it. 0 for none. From the kernel alone: libvirt may be down, and must not be
 * called from a hook.
 */
pid_t lend_process_find_qemu(const struct lend_fs *fs, const char *uuid);
