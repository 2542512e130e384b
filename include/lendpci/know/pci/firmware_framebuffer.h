/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "lendpci/know/pci/address.h"

struct lend_addresses;
struct lend_error;
struct lend_fs;

/** Where the kernel has platform devices, and their drivers. */
#define LEND_PLATFORM "sys/bus/platform"

/** The framebuffer that firmware set up, as the kernel's platform device. */
struct lend_firmware_framebuffer {
	char device[64]; /* "efi-framebuffer.0" */
	char driver[64]; /* "efi-framebuffer"; "" while none draws there */
};

/**
 * Adds the functions in whose memory a driver of the kernel draws as firmware had set it up. Without root /proc/iomem
 * has no addresses, which are not needed.
 *
 * Source: /proc/iomem, where the owner of such a framebuffer ("efifb", "simplefb", "BOOTFB", …) stands below the
 * function whose memory it is.
 */
int lend_firmware_framebuffer_owners(const struct lend_fs *fs, struct lend_addresses *ret, struct lend_error *error);

/** The platform device of the firmware's framebuffer, with its driver. False when there is none, or any more. */
bool lend_firmware_framebuffer_find(const struct lend_fs *fs, struct lend_firmware_framebuffer *ret);

/** Whether @device is one by its name: "efi-framebuffer.0". */
bool lend_firmware_framebuffer_is_name(const char *device);
