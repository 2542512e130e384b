#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# libvirtd is killed with -9 while a guest runs: both go on, and a guest that ends meanwhile gives its card back.
# deadline: 200
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU" "$AUDIO"
start t1
qemu=$(cat /run/libvirt/qemu/t1.pid)
kill_libvirtd
expect_output "2 rightly on loan" lendpci reconcile
await_libvirtd
expect_output "2 rightly on loan" lendpci reconcile
is_running t1 || fail "t1 does not run any more"
kill -0 "$qemu" || fail "t1's QEMU was killed"
expect_card_lent
turn_off t1
expect_card_home
expect_no_loan

start t1
# Not to be started again before its guest is dead.
systemctl kill --kill-whom=main --signal=STOP libvirtd
kill -KILL "$(cat /run/libvirt/qemu/t1.pid)"
kill_libvirtd
await_libvirtd
wait_for 60 "t1 to be off" is_off t1
lendpci reconcile
expect_card_home
expect_no_loan
