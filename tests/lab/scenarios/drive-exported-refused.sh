#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An NVMe drive that only the kernel uses is refused: an export that claims it, one that does not, a claim without a name.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

disk=/dev/$(basename "/sys/bus/pci/devices/$NVME"/nvme/nvme*/nvme*n1)
core=/sys/kernel/config/target/core
mke2fs -q -F "$disk"
at_end "wipefs --quiet --all $disk"
define_guest t1 "$NVME"
modprobe -a configfs target_core_mod target_core_iblock target_core_file || skip "this kernel has no LIO"
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
snapshot_sysfs "$LAB_RUN/before"
contents() { dd if="$disk" bs=1M count=16 iflag=direct status=none | md5sum; }
before=$(contents)

# export_by HBA CONTROL: a backstore, as targetcli makes one. unexport HBA
export_by() {
    mkdir -p "$core/$1/lab"
    echo "$2" > "$core/$1/lab/control"
    echo 1 > "$core/$1/lab/enable"
}
unexport() { rmdir "$core/$1/lab" "$core/$1"; }

# It claims the drive: nothing in sysfs tells.
export_by iblock_0 "udev_path=$disk"
refused "LIO: backstore iblock_0/lab on $disk" virsh start t1
refused "LIO: backstore iblock_0/lab on $disk" lendpci check t1
expect_output "LIO: backstore iblock_0/lab on $disk" lendpci survey "$NVME"
unexport iblock_0

# It has the drive open inside the kernel, and not even claimed.
export_by fileio_0 "fd_dev_name=$disk,fd_dev_size=1048576"
refused "LIO: backstore fileio_0/lab on $disk" virsh start t1
unexport fileio_0
[[ $(contents) == "$before" ]] || fail "the drive's contents have changed"

# The journal of a file system on another disk: claimed, and neither a mount nor a link of this drive's.
mke2fs -q -F -b 4096 -O journal_dev "$disk"
truncate --size 64M "$LAB_RUN/data"
mke2fs -q -F -b 4096 -J "device=$disk" "$LAB_RUN/data"
mount -o loop "$LAB_RUN/data" /mnt
refused "kernel: $disk is claimed by something that lendpci cannot name" virsh start t1
refused "kernel: $disk is claimed by something that lendpci cannot name" lendpci check t1
expect_same_sysfs "$LAB_RUN/before"
echo works > /mnt/works
sync -f /mnt
umount /mnt
mount -o loop "$LAB_RUN/data" /mnt
expect_output works cat /mnt/works
umount /mnt

# Asking has claimed nothing for good, and nobody has it now.
wipefs --quiet --all "$disk"
start t1
expect_driver "$NVME" vfio-pci
turn_off t1
expect_driver "$NVME" nvme
wait_for 20 "$disk to be back" test -b "$disk"
expect_no_loan
