#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An NVMe drive that is a VM's <disk type='nvme'>: libvirt puts it on vfio-pci as it does a hostdev. It is refused while
# the host has it mounted, and else lent, read by QEMU's own driver, and back as the same block device.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

IFS=':.' read -r domain bus slot function <<< "$NVME"
disk=/dev/$(basename "/sys/bus/pci/devices/$NVME"/nvme/nvme*/nvme*n1)
disk_of_drive="<disk type='nvme' device='disk'><driver name='qemu' type='raw'/><target dev='vda' bus='virtio'/>\
<source type='pci' managed='yes' namespace='1'>\
<address domain='0x$domain' bus='0x$bus' slot='0x$slot' function='0x$function'/></source></disk>"
guest_xml t1 | sed "s|</devices>|$disk_of_drive&|" > "$LAB_RUN/guest-t1.xml"
virsh -q define "$LAB_RUN/guest-t1.xml"

mke2fs -q -F "$disk"
at_end "wipefs --quiet --all $disk"
mount "$disk" /mnt
snapshot_sysfs "$LAB_RUN/before"
refused "/mnt" virsh start t1
refused "$disk" lendpci check t1
expect_same_sysfs "$LAB_RUN/before"
echo works > /mnt/works
sync -f /mnt
expect_output works cat /mnt/works
umount /mnt
expect_no_loan

start t1
expect_driver "$NVME" vfio-pci
lendpci status | grep -q "$NVME" || fail "status does not tell of $NVME"
turn_off t1
expect_driver "$NVME" nvme
wait_for 20 "$disk to be back" test -b "$disk"
expect_no_loan
mount "$disk" /mnt
expect_output works cat /mnt/works
umount /mnt
