/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/late.h"

LEND_LATE_LIBRARY(LENDPCI_PCI_SONAME, "libpci3", "PCI devices");

LEND_LATE_FUNCTION(pci_alloc);
LEND_LATE_FUNCTION(pci_cleanup);
LEND_LATE_FUNCTION(pci_lookup_name);
LEND_LATE_FUNCTION(pci_set_name_list_path);
