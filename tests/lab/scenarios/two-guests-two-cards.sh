#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two cards with two guests at once; each comes home alone.
# deadline: 200
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1
define_guest t2
lendpci assign t1 01:00.0
lendpci assign t2 02:00.0

start t1
start t2
expect_card_lent
expect_driver "$GPU2" vfio-pci

turn_off t1
expect_card_home
expect_driver "$GPU2" vfio-pci
is_running t2 || fail "t2 suffered from t1's end"

turn_off t2
expect_driver "$GPU2" bochs-drm
expect_no_override "$GPU2"
expect_no_loan
