/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/**
 * Whether AppArmor or SELinux has denied the hook anything since boot, by the kernel's and the audit system's messages
 * in the system journal. Returns 1 with the first message in @ret, 0 when there is none, or -errno when the
 * journal cannot be read.
 *
 * Source: the kernel's audit messages `apparmor="DENIED"` and `avc:  denied`.
 */
int lend_lsm_denials_find(char *ret, size_t size);
