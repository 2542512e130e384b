#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Plain libvirt lends a whole card and takes it back: the ground that lendpci stands on.
# needs: nothing
# deadline: 150
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU" "$AUDIO"
expect_card_home

start t1
expect_card_lent
guest_placed_bars t1 1234:1111 2

turn_off t1
expect_card_home
