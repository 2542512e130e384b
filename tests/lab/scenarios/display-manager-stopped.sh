#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With holders = stop a display manager known by its alias is stopped, and started again over its limit of starts.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

mkdir -p "$LAB_BIN"
cp /bin/sleep "$LAB_BIN/sddm"
cat > /run/systemd/system/lab-sddm.service << UNIT
[Unit]
StartLimitIntervalSec=1h
StartLimitBurst=1
[Service]
ExecStart=/bin/sh -c 'exec $LAB_BIN/sddm infinity 3<> /dev/stubborn-$STUBBORN'
UNIT
at_end "systemctl --quiet stop lab-sddm.service; rm -f /run/systemd/system/lab-sddm.service /run/systemd/system/lab-display.service; systemctl daemon-reload"
ln -s lab-sddm.service /run/systemd/system/lab-display.service
systemctl daemon-reload
systemctl start lab-sddm.service

define_guest t1 "$STUBBORN"
refused "lab-sddm.service" virsh start t1

settings "holders = stop" "stop_units = lab-display.service"
for _ in 1 2 3; do
    start t1
    expect_driver "$STUBBORN" vfio-pci
    ! systemctl --quiet is-active lab-sddm.service || fail "lab-sddm.service runs beside the VM"

    turn_off t1
    expect_driver "$STUBBORN" stubborn
    systemctl --quiet is-active lab-sddm.service || fail "lab-sddm.service was not started again"
done
expect_no_loan
