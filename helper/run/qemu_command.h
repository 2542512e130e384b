/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

struct lend_assignment;
struct lend_error;
struct lend_window;

/** QEMU's command line as somebody typed it, and what of it matters here. All borrowed. */
struct lend_qemu_command {
	char *const *arguments; /* the program first */
	size_t count;
};

/** The value of the last -@option; NULL without one. As QEMU has it, with one dash or two. */
const char *lend_qemu_command_find(const struct lend_qemu_command *command, const char *option);

/**
 * Describes it as libvirt would, as far as a guest's address space depends on it: machine, memory, CPU, firmware, and
 * the arguments themselves as <qemu:commandline>. The caller's. NULL without memory.
 */
char *lend_qemu_command_describe(const struct lend_qemu_command *command);

/**
 * The same command with @assignment's functions behind it, in a root port for each card where the machine is q35, the
 * room that the guest's firmware needs for them, and @uuid unless it has one. NULL-terminated; to be freed with
 * lend_qemu_command_freep(). NULL without memory.
 */
char **lend_qemu_command_extend(const struct lend_qemu_command *command, const struct lend_assignment *assignment,
				const struct lend_window *window, const char *uuid);
void lend_qemu_command_freep(char ***arguments);
