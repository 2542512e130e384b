#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A Linux guest sees the card with its BARs and shuts down at the power button; the card comes home.
# deadline: 240
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 --linux
lendpci assign t1 01:00.0

start t1
expect_card_lent
guest_says t1 "guest: up"
guest_says t1 "0x1234 0x1111" 1
guest_says t1 "0x8086 0x2668" 1

shut_down t1
expect_card_home
expect_console_home
expect_no_loan
