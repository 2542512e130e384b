#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest without PCI devices starts and stops as if lendpci were not there.
# deadline: 60
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1
snapshot_sysfs "$LAB_RUN/before"

start t1
expect_no_loan
expect_same_sysfs "$LAB_RUN/before"
turn_off t1
