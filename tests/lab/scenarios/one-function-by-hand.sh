#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One function of a card, written by hand as virt-manager does: it starts, and the sibling is held along.
# quick: yes
# deadline: 120
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU"

start t1
expect_card_lent
guest_placed_bars t1 1234:1111 2
guest_lacks t1 8086:2668 # held on the host, not given

turn_off t1
expect_card_home
expect_no_loan
