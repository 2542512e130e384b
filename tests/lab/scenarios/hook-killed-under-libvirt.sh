#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The hook is killed while libvirtd waits for it: a start fails and leaves nothing, a stop is finished by reconcile.
# deadline: 180
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU" "$AUDIO"
for moment in 2 5; do
    kill_hook_at prepare "$moment"
    refused "signal 9" virsh start t1
    heal_hook
    expect_card_home
    expect_no_loan
done

start t1
kill_hook_at release 3
turn_off t1
heal_hook
lendpci reconcile
expect_card_home
expect_no_loan

start t1
expect_card_lent
turn_off t1
expect_card_home
