#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With holders = stop the named service gives way to the VM and runs again when the device is home.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

mkdir -p "$LAB_BIN"
cp /bin/sleep "$LAB_BIN/desktop"
cat > /run/systemd/system/lab-desktop.service << UNIT
[Service]
ExecStart=/bin/sh -c 'exec $LAB_BIN/desktop infinity 3<> /dev/stubborn-$STUBBORN'
UNIT
at_end "systemctl --quiet stop lab-desktop.service; rm -f /run/systemd/system/lab-desktop.service; systemctl daemon-reload"
systemctl daemon-reload
systemctl start lab-desktop.service

define_guest t1 "$STUBBORN"
refused "lab-desktop.service" virsh start t1

settings "holders = stop" "stop_units = lab-desktop.service"
start t1
expect_driver "$STUBBORN" vfio-pci
! systemctl --quiet is-active lab-desktop.service || fail "lab-desktop.service runs beside the VM"

turn_off t1
expect_driver "$STUBBORN" stubborn
systemctl --quiet is-active lab-desktop.service || fail "lab-desktop.service was not started again"
expect_no_loan
