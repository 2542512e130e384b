#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A host whose VT-d is off: plain libvirt refuses.
# machine: no-iommu
# needs: nothing
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

[[ ! -e /sys/bus/pci/devices/$GPU/iommu_group ]] || fail "the machine has an IOMMU after all"
define_guest t1 "$GPU" "$AUDIO"
refused "support passthrough" virsh start t1
expect_card_home
