#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two virtual functions of one drive go to two VMs, come home, are not taken away meanwhile, and are made again at boot.
# machine: crowded
# deadline: 240
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

numvfs=/sys/bus/pci/devices/$VIRTUAL_NVME/sriov_numvfs
at_end "echo 0 > $numvfs; rm -f /etc/lendpci/vfs"

refused "it can have 2 virtual functions, not 3" lendpci vfs "$VIRTUAL_NVME" 3
lendpci vfs "$VIRTUAL_NVME" 2
[[ $(< "$numvfs") == 2 ]] || fail "there are $(< "$numvfs") virtual functions"
first=$(basename "$(readlink -f "/sys/bus/pci/devices/$VIRTUAL_NVME/virtfn0")")
second=$(basename "$(readlink -f "/sys/bus/pci/devices/$VIRTUAL_NVME/virtfn1")")
# The host's driver looks at each, and lets it go: the emulated ones have no queues before somebody gives them some.
gave_up() { [[ $(driver_of "$first")$(driver_of "$second") == nonenone ]]; }
wait_for 30 "the host's driver to give them up" gave_up || exit 1

define_guest t1
define_guest t2
lendpci assign t1 "$first"
lendpci assign t2 "$second"
start t1
start t2
expect_driver "$first" vfio-pci
expect_driver "$second" vfio-pci
expect_driver "$VIRTUAL_NVME" nvme
refused "the virtual function is on loan" lendpci vfs "$VIRTUAL_NVME" 0
[[ $(< "$numvfs") == 2 ]] || fail "a VM's device was taken away"
turn_off t1
turn_off t2
expect_driver "$first" none
expect_driver "$second" none
expect_no_loan

say "as at boot"
echo 0 > "$numvfs"
systemctl restart lendpci-vfs.service
[[ $(< "$numvfs") == 2 ]] || fail "the service made $(< "$numvfs")"
wait_for 30 "the host's driver to give them up" gave_up || exit 1
start t1
expect_driver "$first" vfio-pci
turn_off t1

lendpci vfs "$VIRTUAL_NVME" 0
[[ $(< "$numvfs") == 0 ]] || fail "there are still $(< "$numvfs")"
! grep -v '^#' /etc/lendpci/vfs || fail "they would be made at the next boot"
