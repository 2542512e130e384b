#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An NVMe drive that is swapped to is refused, and stays in use as it was.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

disk=/dev/$(basename "/sys/bus/pci/devices/$NVME"/nvme/nvme*/nvme*n1)
mkswap --quiet "$disk"
at_end "swapoff $disk; wipefs --quiet --all $disk"
swapon "$disk"
define_guest t1 "$NVME"
snapshot_sysfs "$LAB_RUN/before"

refused swap virsh start t1
refused "$disk" lendpci check t1

expect_same_sysfs "$LAB_RUN/before"
grep -q "^$disk " /proc/swaps || fail "$disk is no longer swapped to"
expect_no_loan
