#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A card that is with one guest is refused to another, by the first one's name.
# deadline: 120
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU" "$AUDIO"
define_guest t2 "$GPU" "$AUDIO"

start t1
refused "t1" virsh start t2
expect_card_lent
is_running t1 || fail "t1 suffered from t2's try"

turn_off t1
expect_card_home
