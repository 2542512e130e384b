/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/late.h"

LEND_LATE_LIBRARY(LENDPCI_KMOD_SONAME, "libkmod2", "kernel modules");

LEND_LATE_FUNCTION(kmod_list_next);
LEND_LATE_FUNCTION(kmod_module_get_module);
LEND_LATE_FUNCTION(kmod_module_new_from_lookup);
LEND_LATE_FUNCTION(kmod_module_probe_insert_module);
LEND_LATE_FUNCTION(kmod_module_unref);
LEND_LATE_FUNCTION(kmod_module_unref_list);
LEND_LATE_FUNCTION(kmod_new);
LEND_LATE_FUNCTION(kmod_unref);
