#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# turn-off shuts down a guest that reacts, powers off one that does not, and both cards are home.
# deadline: 240
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 --linux
define_guest t2 # firmware only: it ignores the power button
define_guest t3 # without a device: none of turn-off's business
lendpci assign t1 01:00.0
lendpci assign t2 02:00.0
start t1
start t2
start t3
guest_says t1 "guest: up"

lendpci turn-off --all --timeout 25 | tee "$LAB_RUN/turned-off"
grep -qx "t1: is off; its devices are home" "$LAB_RUN/turned-off"
grep -qx "t2: did not shut down in 25 s and was powered off; its devices are home" "$LAB_RUN/turned-off"
is_running t3 || fail "t3 was turned off, too"
expect_card_home
expect_driver "$GPU2" bochs-drm
expect_no_loan
