#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A device that is not there is refused with its address.
# deadline: 60
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 0000:09:00.0
snapshot_sysfs "$LAB_RUN/before"

refused "0000:09:00.0" virsh start t1
refused "09:00.0" lendpci assign t1 09:00.0

expect_same_sysfs "$LAB_RUN/before"
expect_no_loan
