#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An NVMe drive with a mounted file system is refused, and the file system goes on working.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

disk=/dev/$(basename "/sys/bus/pci/devices/$NVME"/nvme/nvme*/nvme*n1)
mke2fs -q -F "$disk"
at_end "umount /mnt; wipefs --quiet --all $disk"
mount "$disk" /mnt
define_guest t1 "$NVME"
snapshot_sysfs "$LAB_RUN/before"

refused "/mnt" virsh start t1
refused "$disk" lendpci check t1

expect_same_sysfs "$LAB_RUN/before"
echo works > /mnt/works
sync -f /mnt
expect_output works cat /mnt/works
expect_no_loan
