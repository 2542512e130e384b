#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An assigned card is lent at start, seen by the guest, and home after the plug is pulled.
# quick: yes
# deadline: 150
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1
lendpci assign t1 01:00.0
expect_card_home

start t1
expect_card_lent
expect_output t1 lendpci status
guest_placed_bars t1 1234:1111 2
guest_placed_bars t1 8086:2668 1

turn_off t1
expect_card_home
expect_console_home
expect_no_loan
