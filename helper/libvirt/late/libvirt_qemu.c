/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/late.h"

static struct lend_late_library library = { .soname = LENDPCI_VIRT_QEMU_SONAME, .package = "libvirt0" };

LEND_LATE_FUNCTION(virDomainQemuMonitorCommand);
