#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A VM takes a card from its host and gives it back, told step by step (./install.sh --demo).
# deadline: 240
# machine: demo
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

say "the host's card: $GPU on $(driver_of "$GPU"), $AUDIO on $(driver_of "$AUDIO"), one IOMMU group"
define_guest win11 --linux
say "lendpci assign win11 01:00.0"
lendpci assign win11 01:00.0

say "virsh start win11"
start win11
say "the VM runs: $GPU on $(driver_of "$GPU"), $AUDIO on $(driver_of "$AUDIO")"
expect_card_lent
guest_says win11 "guest: up"
say "inside the VM:"
grep -a -e '0x1234 0x1111' -e '0x8086 0x2668' "$LAB_RUN/guest-win11.serial" | tr -d '\r' | while read -r line; do
    say "    $line"
    function=$(awk '{ print $3 }' <<< "$line")
    grep -a "guest: bar $function" "$LAB_RUN/guest-win11.serial" | tr -d '\r' | while read -r line; do say "    $line"; done
done

say "virsh shutdown win11"
shut_down win11
expect_card_home
expect_console_home
say "the VM is off: $GPU on $(driver_of "$GPU"), $AUDIO on $(driver_of "$AUDIO"): the host is as before"
