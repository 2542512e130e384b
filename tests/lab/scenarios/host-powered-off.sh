#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The host is powered off: a guest that listens shuts down, one that does not is turned off, and the cards are home in time.
# deadline: 240
# service: on
# ends: host
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 --linux
define_guest t2 # firmware only: it ignores the power button
lendpci assign t1 01:00.0
lendpci assign t2 02:00.0
start t1
start t2
guest_says t1 "guest: up"

settings "shutdown_deadline = 25s"
power_off_host << 'JUDGE'
took=$(($(date +%s) - since))
echo "everything was off $took s after the host was told to power off"
((took < 25 + 60)) || fail "turning off took $took s, with a deadline of 25 s"
expect_turned_off
journalctl --boot --unit lendpci-turn-off.service --output=cat > "$LAB_RUN/turned-off"
cat "$LAB_RUN/turned-off"
grep -qx "t1: is off; its devices are home" "$LAB_RUN/turned-off" || fail "t1 did not shut down by itself"
grep -qx "t2: did not shut down in 25 s and was powered off; its devices are home" "$LAB_RUN/turned-off" ||
    fail "t2 was not powered off"
JUDGE
