/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/late.h"

LEND_LATE_LIBRARY(LENDPCI_ECONF_SONAME, "libeconf0", "settings");

LEND_LATE_FUNCTION(econf_errLocation);
LEND_LATE_FUNCTION(econf_errString);
LEND_LATE_FUNCTION(econf_freeArray);
LEND_LATE_FUNCTION(econf_freeExtValue);
LEND_LATE_FUNCTION(econf_freeFile);
LEND_LATE_FUNCTION(econf_getExtValue);
LEND_LATE_FUNCTION(econf_getGroups);
LEND_LATE_FUNCTION(econf_getKeys);
LEND_LATE_FUNCTION(econf_getStringValue);
LEND_LATE_FUNCTION(econf_readFile);
