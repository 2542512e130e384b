#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lendpci is upgraded while a guest has a card: what version 1 of the journal says brings it home.
# deadline: 150
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU" "$AUDIO"
control=$(< "/sys/bus/pci/devices/$GPU/power/control")
start t1
expect_card_lent

# version_1 FUNCTION DRIVER CONSOLES: its entry as lendpci 0.1 wrote it.
daemon=$(cat /run/libvirtd.pid)
version_1() {
    cat > "$(loan_file "$1")" << ENTRY
{ "version": 1, "function": "$1", "state": "lent", "domain": "t1", "uuid": "$(virsh domuuid t1 | head -n 1)",
  "since": $(date +%s), "started": true, "vendor": $(("$(< "/sys/bus/pci/devices/$1/vendor")")),
  "device": $(("$(< "/sys/bus/pci/devices/$1/device")")), "why": "",
  "keeper": { "pid": $daemon, "starttime": $(awk '{ print $22 }' "/proc/$daemon/stat") },
  "before": { "driver": "$2", "driver_override": "", "module": "", "power_control": "$control",
              "d3cold_allowed": "", "reset_method": "bus", "units": "", "consoles": "$3" },
  "hanging": { "pid": 0, "starttime": 0 } }
ENTRY
}
rm -f /run/lendpci/loans/*
version_1 "$GPU" bochs-drm "(M) frame buffer device"
version_1 "$AUDIO" snd_hda_intel ""
expect_loan "$GPU" lent
expect_output "give it back to bochs-drm" lendpci status --verbose
lendpci reconcile
expect_card_lent

turn_off t1
expect_card_home
expect_console_home
expect_no_loan

# What a newer lendpci wrote is neither obeyed nor set aside.
start t1
sed -i 's/"version": 2/"version": 3/' "$(loan_file "$AUDIO")"
turn_off t1
expect_driver "$GPU" bochs-drm
expect_driver "$AUDIO" vfio-pci
refused "was written by a newer lendpci" lendpci return "$AUDIO"
expect_loan "$AUDIO" newer
sed -i 's/"version": 3/"version": 2/' "$(loan_file "$AUDIO")"
lendpci reconcile
expect_card_home
