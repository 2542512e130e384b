#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A device that a program has open is refused, with the program and the node named; closed, it is lent.
# quick: yes
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

hold "/dev/stubborn-$STUBBORN" desktop
define_guest t1 "$STUBBORN"
snapshot_sysfs "$LAB_RUN/before"

refused "in use by desktop (pid $(holder desktop)" virsh start t1
refused "/dev/stubborn-$STUBBORN" lendpci check t1
expect_same_sysfs "$LAB_RUN/before"
expect_no_loan

let_go desktop
start t1
expect_driver "$STUBBORN" vfio-pci
turn_off t1
expect_driver "$STUBBORN" stubborn
expect_no_loan
