#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Ten starts and stops in a row leave the host exactly as it was.
# deadline: 300
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1
lendpci assign t1 01:00.0
snapshot_sysfs "$LAB_RUN/before"

for round in {1..10}; do
    say "round $round of 10"
    start t1
    expect_card_lent
    turn_off t1
    expect_card_home
done

expect_same_sysfs "$LAB_RUN/before"
expect_no_loan
