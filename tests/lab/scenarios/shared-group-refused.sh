#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A GPU whose group holds the controller of a mounted disk is refused, and the disk goes on working.
# quick: yes
# deadline: 90
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$SHARED_GPU"
snapshot_sysfs "$LAB_RUN/before"

refused "$SHARED_DISK" virsh start t1
refused "$SHARED_DISK" lendpci check t1

expect_driver "$SHARED_GPU" bochs-drm
expect_driver "$SHARED_DISK" virtio-pci
expect_same_sysfs "$LAB_RUN/before"
echo works > /srv/data/works
sync -f /srv/data
expect_no_loan
