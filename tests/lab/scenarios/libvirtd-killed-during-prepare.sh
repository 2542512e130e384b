#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# libvirtd is killed with -9 while the hook works: the orphaned hook and reconcile do not get in each other's way.
# deadline: 150
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$STUBBORN"
stubborn remove_ms 15000
virsh -q start t1 &
wait_for 30 "the hook to be at work" test -e "$(loan_file "$STUBBORN")"
kill_libvirtd
wait || true
expect_output "1 rightly on loan" lendpci reconcile # the hook is still at it
await_libvirtd
wait_for 30 "the orphaned hook to end" bash -c "! pgrep --full '^$HOOK '"
stubborn remove_ms 0

lendpci reconcile
expect_driver "$STUBBORN" stubborn
expect_no_loan

start t1
expect_driver "$STUBBORN" vfio-pci
turn_off t1
expect_driver "$STUBBORN" stubborn
