#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A device that is lent by hand stays on vfio-pci while guests come and go, until it is returned by hand.
# deadline: 150
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

expect_output '"function": "0000:02:00.0"' lendpci lend --dry-run --json 02:00.0
expect_driver "$GPU2" bochs-drm
lendpci lend 02:00.0
expect_driver "$GPU2" vfio-pci
expect_loan "$GPU2" lent

define_guest t1 "$GPU2"
start t1
refused "$GPU2" lendpci return 02:00.0
turn_off t1
expect_driver "$GPU2" vfio-pci
lendpci reconcile
expect_driver "$GPU2" vfio-pci

lendpci return 02:00.0
expect_driver "$GPU2" bochs-drm
expect_no_override "$GPU2"
expect_no_loan
refused "not on loan" lendpci return 02:00.0
