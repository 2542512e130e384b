/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/late.h"

LEND_LATE_LIBRARY(LENDPCI_SYSTEMD_SONAME, "libsystemd0", "units and the system journal");

LEND_LATE_FUNCTION(sd_bus_call_method);
LEND_LATE_FUNCTION(sd_bus_error_free);
LEND_LATE_FUNCTION(sd_bus_error_has_name);
LEND_LATE_FUNCTION(sd_bus_flush_close_unref);
LEND_LATE_FUNCTION(sd_bus_get_property);
LEND_LATE_FUNCTION(sd_bus_get_property_string);
LEND_LATE_FUNCTION(sd_bus_match_signal);
LEND_LATE_FUNCTION(sd_bus_message_enter_container);
LEND_LATE_FUNCTION(sd_bus_message_read);
LEND_LATE_FUNCTION(sd_bus_message_unref);
LEND_LATE_FUNCTION(sd_bus_open_system);
LEND_LATE_FUNCTION(sd_bus_process);
LEND_LATE_FUNCTION(sd_bus_slot_unref);
LEND_LATE_FUNCTION(sd_bus_wait);
LEND_LATE_FUNCTION(sd_id128_get_boot);
LEND_LATE_FUNCTION(sd_journal_add_conjunction);
LEND_LATE_FUNCTION(sd_journal_add_match);
LEND_LATE_FUNCTION(sd_journal_close);
LEND_LATE_FUNCTION(sd_journal_enumerate_available_data);
LEND_LATE_FUNCTION(sd_journal_get_data);
LEND_LATE_FUNCTION(sd_journal_get_realtime_usec);
LEND_LATE_FUNCTION(sd_journal_next);
LEND_LATE_FUNCTION(sd_journal_open);
LEND_LATE_FUNCTION(sd_journal_previous);
LEND_LATE_FUNCTION(sd_journal_restart_data);
LEND_LATE_FUNCTION(sd_journal_seek_tail);
LEND_LATE_FUNCTION(sd_journal_sendv_with_location);
LEND_LATE_FUNCTION(sd_notify);
LEND_LATE_FUNCTION(sd_notifyf);
LEND_LATE_FUNCTION(sd_watchdog_enabled);
