#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that reboots ten times keeps its card.
# deadline: 180
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 --reboots "$GPU" "$AUDIO"
start t1
guest_booted t1 11
is_running t1 || fail "t1 does not run"
expect_card_lent

turn_off t1
expect_card_home
