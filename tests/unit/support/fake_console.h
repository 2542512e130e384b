/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "fake_kernel.h"

/* The part of the fake kernel that draws text. Called by the other part; fake_kernel.h is for tests. */

void fake_console_begin(struct fake_kernel *kernel);

/** @driver has @address now: a framebuffer that another one made is gone, and its own comes. "" for none. */
void fake_console_bound(struct fake_kernel *kernel, const char *address, const char *driver);

/** What a write to fbcon's "bind" does. */
void fake_console_bind(struct fake_kernel *kernel, bool bound);

/** Does a write to the driver of the firmware's framebuffer; false where @path is none. */
bool fake_console_write(struct fake_kernel *kernel, const char *path);

void fake_console_dump(struct fake_kernel *kernel, FILE *out);
