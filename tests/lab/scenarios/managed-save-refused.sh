#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest with a card cannot be saved: the save is refused and the guest runs on.
# deadline: 120
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1
lendpci assign t1 01:00.0
start t1

refused "" virsh managedsave t1
is_running t1 || fail "t1 does not run after the refused save"
expect_card_lent

turn_off t1
expect_card_home
