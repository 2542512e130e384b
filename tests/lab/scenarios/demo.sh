#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A VM takes a card from its host and gives it back, told step by step (./install.sh --demo).
# deadline: 240
# machine: demo
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# show COMMAND...: as typed, and what it says.
show() {
    local line output
    say "\$ $*"
    output=$("$@" 2>&1) || { echo "$output"; fail "failed: $*"; }
    while IFS= read -r line; do say "    $line"; done <<< "$output"
}

say "a host with a graphics card, which its own drivers have"
define_guest win11 --linux
show lendpci survey "$GPU"
show lendpci assign win11 01:00.0

show virsh -q start win11
expect_card_lent
guest_says win11 "guest: up"
show lendpci status
say "inside the VM:"
grep -a -e '0x1234 0x1111' -e '0x8086 0x2668' "$LAB_RUN/guest-win11.serial" | tr -d '\r' | while read -r line; do
    say "    $line"
    function=$(awk '{ print $3 }' <<< "$line")
    grep -a "guest: bar $function" "$LAB_RUN/guest-win11.serial" | tr -d '\r' | while read -r line; do say "    $line"; done
done

say "\$ virsh shutdown win11"
shut_down win11
expect_card_home
expect_console_home
show lendpci status
say "the VM is off: $GPU on $(driver_of "$GPU"), $AUDIO on $(driver_of "$AUDIO"): the host is as before"
