#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A card that a QEMU without libvirt has is named by survey, check and the start; that QEMU goes on undisturbed.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

function=/sys/bus/pci/devices/$GPU2
# to_driver NAME: by hand, as people do it for a QEMU of their own; an empty name gives it back.
to_driver() {
    echo "$1" > "$function/driver_override"
    [[ ! -e $function/driver ]] || echo "$GPU2" > "$function/driver/unbind"
    echo "$GPU2" > /sys/bus/pci/drivers_probe
}
node=/dev/vfio/$(basename "$(readlink "$function/iommu_group")")
has_node_open() { [[ -n $(find /proc/"$1"/fd -lname "$node" 2> /dev/null) ]]; }

modprobe vfio-pci
at_end "to_driver ''; udevadm settle --timeout=20"
to_driver vfio-pci
expect_driver "$GPU2" vfio-pci
define_guest t1 "$GPU2"

qemu-system-x86_64 -nodefaults -display none -machine q35 -m 64 -S -device "vfio-pci,host=$GPU2" &
qemu=$!
at_end "kill $qemu; wait $qemu || true"
wait_for 60 "QEMU to open $node" has_node_open "$qemu" || exit 1

who="qemu-system-x86 (pid $qemu"
expect_output "$who" lendpci survey "$GPU2"
refused "$who" lendpci check t1
refused "$who" virsh start t1
kill -0 "$qemu" || fail "the other QEMU has ended"
has_node_open "$qemu" || fail "the other QEMU has lost $node"
expect_driver "$GPU2" vfio-pci
expect_no_loan
