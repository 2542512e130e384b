#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A state that was saved before the card was assigned is not restored without it; dropped, the guest starts with the card.
# deadline: 150
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1
start t1
virsh -q managedsave t1

say "a saved state without a device is restored as ever"
start t1
is_running t1 || fail "t1 does not run"
virsh -q managedsave t1

say "the card is assigned"
expect_output "t1: warning: it has a saved state from before" lendpci assign t1 01:00.0
snapshot_sysfs "$LAB_RUN/before"
refused "its saved state predates $GPU" virsh start t1
refused "virsh managedsave-remove t1" virsh start t1
refused "saved state" lendpci check t1
is_off t1 || fail "t1 is not off"
# What libvirt 11 deletes when a hook refuses the restore itself.
[[ -s /var/lib/libvirt/qemu/save/t1.save ]] || fail "the saved state is gone"
expect_same_sysfs "$LAB_RUN/before"
expect_no_loan

say "the saved state is dropped"
virsh -q managedsave-remove t1
start t1
expect_card_lent
guest_placed_bars t1 1234:1111 2

turn_off t1
expect_card_home
expect_no_loan
