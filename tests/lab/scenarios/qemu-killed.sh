#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# QEMU is killed with -9: the card comes home by libvirt's release.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU" "$AUDIO"
start t1
kill -KILL "$(cat /run/libvirt/qemu/t1.pid)"
wait_for 60 "t1 to be off" is_off t1
wait_for 30 "the card to be home" test -z "$(loan_state "$GPU")$(loan_state "$AUDIO")"
expect_card_home
expect_console_home
