#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A host driver whose probe fails at return: status tells, and lendpci return repairs it when the driver is well.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$STUBBORN"
start t1
stubborn probe_fails Y
turn_off t1
expect_loan "$STUBBORN" unreturned
expect_output "stubborn does not take it" lendpci status
refused "stubborn does not take it" lendpci reconcile
expect_loan "$STUBBORN" unreturned

stubborn probe_fails N
lendpci return 07:00.0
expect_driver "$STUBBORN" stubborn
expect_no_override "$STUBBORN"
expect_no_loan
