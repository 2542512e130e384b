#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# QEMU dies while libvirtd is down: the card waits for libvirtd, whose first act is a reset that no host driver survives.
# deadline: 240
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

read -ra units <<< "libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service"
at_end "systemctl start ${units[*]}; systemctl stop lendpci.service"
define_guest t1 "$GPU" "$AUDIO"
for taken in by-hook by-hand under-watch; do
    say "lent $taken"
    case $taken in
    by-hand) lendpci lend "$GPU" "$AUDIO" ;;
    under-watch) systemctl start lendpci.service ;; # which reconciles when libvirtd is back, too
    esac
    start t1
    systemctl stop "${units[@]}"
    pkill -KILL qemu-system
    wait_for 30 "QEMU to be gone" bash -c '! pgrep qemu-system' || exit 1

    expect_output "2 rightly on loan" lendpci reconcile
    refused "libvirt believes that VM to be running" lendpci return "$GPU"
    expect_card_lent

    systemctl start "${units[@]}"
    await_libvirtd
    wait_for 30 "libvirtd to end t1" is_off t1 || exit 1
    [[ $taken != by-hand ]] || lendpci return "$GPU" "$AUDIO"
    expect_card_home
    expect_no_loan
    expect_same_sysfs "$LAB_RUN/baseline" # the card's addresses are part of it
done
