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
    await_libvirtd
    [[ ! -e /etc/libvirt/hooks/qemu.d/zz-lab && ! -e /etc/libvirt/hooks/qemu.d/00-lab ]] || fail "libvirtd did not die at $operation"
    lendpci reconcile
    if is_running t1; then
        expect_card_lent
        turn_off t1
    fi
    expect_card_home
    expect_no_loan
done
