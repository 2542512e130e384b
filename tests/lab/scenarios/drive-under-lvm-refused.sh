#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An NVMe drive under LVM is refused for the volume on it, and the volume's file system goes on working.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

disk=/dev/$(basename "/sys/bus/pci/devices/$NVME"/nvme/nvme*/nvme*n1)
at_end "umount /mnt; vgremove --yes lab; pvremove --yes $disk; rm -rf /etc/lvm/archive /etc/lvm/backup"
vgcreate --yes lab "$disk"
lvcreate --yes --size 16M --name volume lab
mke2fs -q -F /dev/lab/volume
define_guest t1 "$NVME"
snapshot_sysfs "$LAB_RUN/before"

# Also when nothing is mounted: the volume is active.
refused "$disk" virsh start t1

mount /dev/lab/volume /mnt
refused "$disk" virsh start t1
expect_same_sysfs "$LAB_RUN/before"
echo works > /mnt/works
sync -f /mnt
expect_no_loan
