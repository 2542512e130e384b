/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/late.h"

static struct lend_late_library library = { .soname = LENDPCI_PCI_SONAME, .package = "libpci3" };

LEND_LATE_FUNCTION(pci_alloc);
LEND_LATE_FUNCTION(pci_cleanup);
LEND_LATE_FUNCTION(pci_lookup_name);
LEND_LATE_FUNCTION(pci_set_name_list_path);
