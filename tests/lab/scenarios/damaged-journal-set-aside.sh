#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A damaged entry in the journal is never obeyed: it is told, and set aside by lendpci return.
# deadline: 90
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU2"
lendpci lend 02:00.0
truncate --size 40 "$(loan_file "$GPU2")"

refused "is damaged" virsh start t1
refused "is damaged" lendpci reconcile
expect_output damaged lendpci status
expect_driver "$GPU2" vfio-pci

lendpci return 02:00.0
expect_driver "$GPU2" bochs-drm
expect_no_override "$GPU2"
expect_no_loan
expect_output "$GPU2" ls /run/lendpci/set-aside
rm -r /run/lendpci/set-aside
