#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# assign and unassign for real, on libvirt's test driver: what they tell.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"

machine lab
libvirt_with "$here/../data/domains/q35.xml"

lendpci_on "$machine" assign t1 01:00.0 --connect "$uri"
expect_status 0
expect_err ""
expect_out "t1: 0000:01:00.0 assigned (1234:1111)
t1: 0000:01:00.1 goes along, the audio function of 0000:01:00.0
t1: pcihole64 32 GiB, as QEMU has it by itself, is written down
t1: suspend-to-mem is off now, so that the guest does not hold its devices while it sleeps
t1: suspend-to-disk is off now, so that the guest does not wake up to devices that others had meanwhile
t1: takes effect the next time it starts"

# By location path, and by the domain's UUID.
lendpci_on "$machine" assign 11111111-2222-3333-4444-555555555555 'PCIROOT(0)#PCI(0200)#PCI(0000)' --connect "$uri"
expect_status 0
expect_line "t1: 0000:02:00.0 assigned (1234:1111)"

lendpci_on "$machine" unassign t1 --connect "$uri"
expect_status 0
expect_out "t1: nothing is assigned to it"

"$LENDPCI" inject 01:00.0 --sysroot "$machine" < "$here/../data/domains/q35.xml" > "$work/assigned.xml"
libvirt_with "$work/assigned.xml"
lendpci_on "$machine" assign t1 01:00 --connect "$uri"
expect_status 0
expect_out "t1: 0000:01:00.0 was assigned already
t1: 0000:01:00.1 was assigned already"

lendpci_on "$machine" unassign t1 --connect "$uri"
expect_status 0
expect_out "t1: 2 functions taken out of its definition"

# A card that was pulled can still be named by where it was.
lendpci unassign t1 'PCIROOT(0)#PCI(0100)#PCI(0001)' --dry-run --sysroot "$work" --connect "$uri"
expect_status 0
expect_line "-      <alias name='ua-lendpci-0000-01-00-1'/>"
! grep -q "^-.*ua-lendpci-0000-01-00-0" <<< "$out" || fail "expected function 0 to stay"

# What keeps a full stop a full stop is changed with its reason.
libvirt_with "$here/../data/domains/sleepy.xml"
lendpci_on "$machine" assign sleepy 02:00.0 --connect "$uri"
expect_status 0
expect_err ""
expect_line "sleepy: on_poweroff is destroy now instead of restart, so that a guest that shuts down gives its devices back"
expect_line "sleepy: on_crash is destroy now instead of preserve, so that a guest that crashes gives its devices back"
expect_line "sleepy: suspend-to-mem is off now, so that the guest does not hold its devices while it sleeps"
expect_line "sleepy: suspend-to-disk is off now, so that the guest does not wake up to devices that others had meanwhile"

# One that has them so already is told nothing.
"$LENDPCI" inject 02:00.0 --sysroot "$machine" < "$here/../data/domains/sleepy.xml" > "$work/assigned.xml"
libvirt_with "$work/assigned.xml"
lendpci_on "$machine" assign sleepy 02:00.0 --connect "$uri"
expect_status 0
expect_out "sleepy: 0000:02:00.0 was assigned already"

# An override of the administrator's is read from the host, and a broken one is told before anything is changed.
libvirt_with "$here/../data/domains/q35.xml"
mkdir -p "$machine/etc/lendpci/templates"
echo '<hostdev/>' > "$machine/etc/lendpci/templates/hostdev.xml"
lendpci assign t1 02:00.0 --dry-run --sysroot "$machine" --connect "$uri"
expect_status 1
expect_err "t1: /etc/lendpci/templates/hostdev.xml: line 1: the placeholder \${source-domain} is missing"
