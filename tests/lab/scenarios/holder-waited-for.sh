#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With holders = wait a start waits until the device is free, and gives up in time when it does not get free.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$STUBBORN"
hold "/dev/stubborn-$STUBBORN" desktop

settings "holders = wait" "holders_wait = 2s"
refused "in use by desktop" virsh start t1
expect_driver "$STUBBORN" stubborn

settings "holders = wait" "holders_wait = 60s"
virsh -q start t1 &
starting=$!
wait_for 20 "the hook to wait" pgrep --full "^$HOOK " > /dev/null
expect_driver "$STUBBORN" stubborn
let_go desktop
wait "$starting" || fail "t1 did not start"
expect_driver "$STUBBORN" vfio-pci

turn_off t1
expect_driver "$STUBBORN" stubborn
expect_no_loan
