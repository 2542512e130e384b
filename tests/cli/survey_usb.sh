#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A USB controller tells what is plugged into it, and the host's keyboard by name.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

machine usb
lendpci survey 00:14.0 --sysroot "$machine" --json
expect_status 0
expect_json '.[0].reasons[] | select(.code == "usb-devices") | .severity == "info" and
    .text == "plugged into it: Logitech USB Keyboard, SanDisk Ultra, 04f2:b71a, Optical Mouse"'
expect_json '.[0].reasons[] | select(.code == "host-keyboard") | .severity == "warning" and
    .text == "the host'"'"'s keyboard is plugged into it, and goes along: Logitech USB Keyboard"'

lendpci survey 00:0d.0 --sysroot "$machine" --json
expect_status 0
expect_json '[.[0].reasons[].code] | (index("usb-devices") == null and index("host-keyboard") == null)'

# What a device calls itself is a stranger's word.
name=$'Evil\e[31m keyboard'
printf '%s\n' "$name" > "$machine/sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/product"
lendpci survey 00:14.0 --sysroot "$machine"
expect_status 0
[[ $out != *$'\e'* ]] || fail "expected no escape sequence"
[[ $out == *"Evil?[31m keyboard"* ]] || fail "expected its name"
