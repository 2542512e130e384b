/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/**
 * Machines that tests read instead of the host: a text of a few lines per PCI function becomes the tree that the kernel
 * would show, for `--sysroot` and for lend_fs_new(). tests/data/README.md describes the text.
 *
 * A text that is wrong ends the program with its line: a test that goes on with half a machine proves nothing.
 */

/** Builds the machine that the file @description describes below @directory, which must exist and be empty. */
void machine_build(const char *description, const char *directory);

/** Builds tests/data/machines/@name.machine in a new temporary directory. Returns its path; machine_free() it. */
char *machine_new(const char *name);

/** Removes the tree and frees @directory. */
void machine_free(char *directory);
