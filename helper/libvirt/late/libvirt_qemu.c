/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/late.h"

LEND_LATE_LIBRARY(LENDPCI_VIRT_QEMU_SONAME, "libvirt0", "the monitor of QEMU");

LEND_LATE_FUNCTION(virDomainQemuMonitorCommand);
