/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/**
 * Runs the system's @program, a path or a name, with @arguments (NULL-terminated, the first is its name) and waits for
 * its end. Its standard output goes to @output; of the environment it gets the system's PATH alone. -errno when it
 * cannot be run, -EIO when it fails.
 */
int lend_spawn(const char *program, const char *const *arguments, int output);
