#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A drive writes out what it has cached before it is lent: what was written last is there when it comes home.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

disk=/dev/$(basename "/sys/bus/pci/devices/$NVME"/nvme/nvme*/nvme*n1)
define_guest t1 "$NVME"
expect_output "write out what is cached on ${disk#/dev/}" lendpci check t1

for round in 1 2; do
    echo "round $round, the last words before it is lent" | dd of="$disk" bs=512 conv=sync status=none
    start t1
    expect_driver "$NVME" vfio-pci
    turn_off t1
    expect_driver "$NVME" nvme
    wait_for 20 "$disk to be back" test -b "$disk"
    [[ $(head -c 512 "$disk" | tr -d '\0 ') == "round$round,thelastwordsbeforeitislent"* ]] || fail "its data are not there: $(head -c 64 "$disk")"
done
! journalctl --boot --dmesg --output=cat | grep -iE "nvme.*(I/O error|timeout)" || fail "the kernel complained"
expect_no_loan
