/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct lend_fs;
struct lend_guest;

/**
 * The release of OVMF that @guest starts with, as its project numbers them: 202211. 0 when it cannot be told: the image
 * is not the distribution's, or the distribution keeps no list that can be read here.
 *
 * The image is the one that the definition names, or else the first that libvirt would choose; its version is that of
 * its package.
 *
 * Source: QEMU's docs/interop/firmware.json (usr/share/qemu/firmware), dpkg's var/lib/dpkg/status.
 */
unsigned lend_firmware_release(const struct lend_fs *fs, const struct lend_guest *guest);
