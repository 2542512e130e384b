#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A device with managed='no' and no policy is the administrator's: neither bound nor returned.
# deadline: 120
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 --managed no "$GPU2"
refused "" virsh start t1
expect_driver "$GPU2" bochs-drm

virsh -q nodedev-detach pci_0000_02_00_0
expect_driver "$GPU2" vfio-pci
start t1
expect_no_loan
turn_off t1
expect_driver "$GPU2" vfio-pci

virsh -q nodedev-reattach pci_0000_02_00_0
expect_driver "$GPU2" bochs-drm
