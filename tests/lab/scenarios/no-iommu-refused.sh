#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Without an IOMMU the refusal says so, and nothing has changed.
# machine: no-iommu
# deadline: 90
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU" "$AUDIO"
snapshot_sysfs "$LAB_RUN/before"

refused IOMMU virsh start t1
refused IOMMU lendpci assign t1 01:00.0

expect_same_sysfs "$LAB_RUN/before"
expect_card_home
expect_no_loan
