#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A host driver that needs longer than the deadline to take its device back: the return is finished by reconcile.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

settings "unbind_deadline = 2s"
define_guest t1 "$STUBBORN"
start t1
stubborn probe_ms 8000
turn_off t1
expect_loan "$STUBBORN" stuck

stubborn probe_ms 0
comes_home() { lendpci reconcile && [[ -z $(loan_state "$STUBBORN") ]]; }
wait_for 40 "reconcile to bring it home" comes_home
expect_driver "$STUBBORN" stubborn
expect_no_override "$STUBBORN"
