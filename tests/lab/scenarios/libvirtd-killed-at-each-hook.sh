#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# libvirtd is killed with -9 at each of its hook operations: after its restart and reconcile no device is lost.
# deadline: 400
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU" "$AUDIO"
for operation in prepare start started stopped before-release release; do
    say "libvirtd dies at $operation"
    [[ $operation != @(stopped|*release) ]] || start t1
    kill_libvirtd_at "$operation"
    case $operation in
    stopped | *release) virsh -q destroy t1 || true ;;
    *) virsh -q start t1 || true ;;
    esac
    lendpci reconcile # while it is away
    await_libvirtd
    [[ ! -e /etc/libvirt/hooks/qemu.d/zz-lab && ! -e /etc/libvirt/hooks/qemu.d/00-lab ]] || fail "libvirtd did not die at $operation"
    lendpci reconcile # while it looks for its guests
    if pgrep qemu-system; then
        expect_card_lent
        turn_off t1
    else
        wait_for 30 "libvirtd to know that t1 is off" is_off t1 || exit 1
        lendpci reconcile
    fi
    expect_card_home
    expect_no_loan
    expect_same_sysfs "$LAB_RUN/baseline"
done
