#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A QEMU that fails to start leaves nothing on loan.
# quick: yes
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 --qemu "-machine nonsense=on" "$GPU" "$AUDIO"
refused nonsense virsh start t1
expect_card_home
expect_console_home
expect_no_loan
