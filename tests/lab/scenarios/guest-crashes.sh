#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that crashes keeps its card when it is to be restarted, and gives it back when it is to be destroyed.
# deadline: 180
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 --crashes restart "$GPU" "$AUDIO"
start t1
guest_booted t1 3
# Between a crash and the restart libvirt calls it crashed for a moment.
wait_for 30 "t1 to run again" is_running t1
expect_card_lent
turn_off t1
expect_card_home

define_guest t2 --crashes destroy "$GPU" "$AUDIO"
start t2
wait_for 60 "t2 to crash" is_off t2
guest_booted t2 1
expect_card_home
expect_no_loan
