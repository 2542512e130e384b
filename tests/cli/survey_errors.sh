#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What survey says when it is asked for what is not there: one sentence, a hint, and the right status.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

machine lab

lendpci survey --sysroot "$machine" 0a:00.0
expect_status 1
expect_out ""
expect_err "0000:0a:00.0: this host has no such PCI function
hint: 'lendpci survey' lists what can be lent"

lendpci survey --sysroot "$machine" 0a:00
expect_status 1

lendpci survey --sysroot "$machine" 'PCIROOT(0)#PCI(0a00)#PCI(0000)'
expect_status 1
expect_err "PCIROOT(0)#PCI(0A00)#PCI(0000): nothing is plugged there
hint: 'lendpci survey' prints the location path of each device"

lendpci survey --sysroot "$machine" 'PCIROOT(0)#PCI(05)'
expect_status 2
expect_err "lendpci: PCIROOT(0)#PCI(05): not a location path: character 18 is ')', expected a hexadecimal digit
hint: a location path looks like PCIROOT(0)#PCI(0500)#PCI(0000)"

lendpci survey --sysroot "$machine" win11
expect_status 2
lendpci survey --sysroot "$work/nowhere"
expect_status 1
lendpci survey --no-such-option
expect_status 2

# A device whose resource table is broken does not hide the others.
echo nonsense > "$machine/sys/bus/pci/devices/0000:02:00.0/resource"
lendpci survey --sysroot "$machine"
expect_status 1
grep -q '^0000:03:00.0  ' <<< "$out" || fail "expected the others"
lendpci survey --verbose --sysroot "$machine"
expect_status 1
expect_line "  location    PCIROOT(0)#PCI(0300)#PCI(0000)"
expect_err "/sys/bus/pci/devices/0000:02:00.0/resource: line 1 is not \`start end flags\`"
