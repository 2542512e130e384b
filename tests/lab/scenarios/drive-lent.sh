#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An NVMe drive that nothing uses is lent and comes back as the same block device.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

disk=/dev/$(basename "/sys/bus/pci/devices/$NVME"/nvme/nvme*/nvme*n1)
define_guest t1 "$NVME"

start t1
expect_driver "$NVME" vfio-pci
[[ ! -e $disk ]] || fail "$disk is still there"
turn_off t1
expect_driver "$NVME" nvme
wait_for 20 "$disk to be back" test -b "$disk"
expect_no_loan
