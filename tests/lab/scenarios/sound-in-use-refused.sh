#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A card whose sound is in use is refused with the program named, where its driver would hang until that ended.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

pcm=$(basename "$(echo "/sys/bus/pci/devices/$AUDIO"/sound/card*/pcmC*D*p)")
hold "/dev/snd/$pcm" player
define_guest t1 "$GPU" "$AUDIO"
snapshot_sysfs "$LAB_RUN/before"

refused "in use by player (pid $(holder player)" virsh start t1
refused "/dev/snd/$pcm" lendpci check t1
expect_same_sysfs "$LAB_RUN/before"
kill -0 "$(holder player)" || fail "the player was harmed"

let_go player
start t1
expect_card_lent
turn_off t1
expect_card_home
