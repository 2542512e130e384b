/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/late.h"

LEND_LATE_LIBRARY(LENDPCI_JANSSON_SONAME, "libjansson4", "the journal and JSON");

LEND_LATE_FUNCTION(json_array);
LEND_LATE_FUNCTION(json_array_append_new);
LEND_LATE_FUNCTION(json_array_get);
LEND_LATE_FUNCTION(json_array_size);
LEND_LATE_FUNCTION(json_delete);
LEND_LATE_FUNCTION(json_dumpf);
LEND_LATE_FUNCTION(json_dumps);
LEND_LATE_FUNCTION(json_false);
LEND_LATE_FUNCTION(json_integer);
LEND_LATE_FUNCTION(json_integer_value);
LEND_LATE_FUNCTION(json_loadb);
LEND_LATE_FUNCTION(json_loads);
LEND_LATE_FUNCTION(json_null);
LEND_LATE_FUNCTION(json_object);
LEND_LATE_FUNCTION(json_object_del);
LEND_LATE_FUNCTION(json_object_get);
LEND_LATE_FUNCTION(json_object_set_new);
LEND_LATE_FUNCTION(json_object_update);
LEND_LATE_FUNCTION(json_pack);
LEND_LATE_FUNCTION(json_string);
LEND_LATE_FUNCTION(json_string_value);
LEND_LATE_FUNCTION(json_true);
LEND_LATE_FUNCTION(json_unpack);
