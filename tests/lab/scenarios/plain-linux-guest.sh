#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Plain libvirt, a Linux guest: it sees the GPU's BARs and answers the power button.
# needs: nothing
# deadline: 200
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 --linux "$GPU" "$AUDIO"
start t1
guest_says t1 "guest: up"
guest_says t1 "0x1234 0x1111" 1
shut_down t1
expect_card_home
