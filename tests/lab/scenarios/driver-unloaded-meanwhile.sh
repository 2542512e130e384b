#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The host driver's module was unloaded while the card was away: it is loaded again for the return.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU" "$AUDIO"
start t1
modprobe -r snd_hda_intel
[[ ! -e /sys/bus/pci/drivers/snd_hda_intel ]] || fail "snd_hda_intel is still loaded"
turn_off t1
expect_card_home
expect_no_loan
