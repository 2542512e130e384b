#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What cannot be assigned is refused in one sentence with the domain first, and nothing is changed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"

machine lab
libvirt_with "$here/../data/domains/q35.xml"

# expect_refusal SENTENCE ARGUMENT...
expect_refusal() {
    local sentence=$1
    shift
    lendpci assign --dry-run --sysroot "$machine" --connect "$uri" "$@"
    expect_status 1
    expect_out ""
    expect_err "$sentence"
}

expect_refusal "win12: libvirt knows no such domain
hint: 'virsh list --all' lists them" win12 01:00.0

expect_refusal "t1: 0000:0a:00.0: this host has no such PCI function
hint: 'lendpci survey' lists what can be lent" t1 0a:00.0

expect_refusal "0000:0a:00: this host has no PCI device in that slot
hint: 'lendpci survey' lists what can be lent" t1 0a:00

expect_refusal "t1: 0000:00:01.0: a bridge (class 060400) cannot be lent, only what is behind it" t1 00:01.0

machine no-iommu
expect_refusal "t1: 0000:02:00.0: it is in no IOMMU group: a VM with it could write to all of the host's memory
hint: switch on VT-d or AMD-Vi in the firmware and, on Intel, boot with intel_iommu=on" t1 02:00.0

# What the survey says can never be lent is refused with its sentence: a start would always fail.
machine old-server
expect_refusal "t1: 0000:05:00.0: firmware has reserved memory for its IOMMU group 21 (RMRR, 0x7b800000-0x8f7fffff), so the kernel does not give it to a VM
hint: look for a firmware update or setting of the vendor that drops the reservation" t1 05:00.0
expect_refusal "t1: 0000:09:00.0: it does not answer any more: its configuration space reads as all ones
hint: power the host off and on; a reboot may not reset the card" t1 09:00.0
# But a group that goes along as a whole is no reason to refuse.
lendpci assign t1 06:00.0 --take-group --dry-run --sysroot "$machine" --connect "$uri"
expect_status 0
expect_err "t1: note: 0000:07:00.0: goes along, as its IOMMU group 22 demands; the host has it now, through igb"

lendpci assign t1 01:00.0 --connect nonsense:///
expect_status 1
lendpci unassign t1 02:00.0 --dry-run --sysroot "$work/lab" --connect "$uri"
expect_status 1
expect_err "t1: 0000:02:00.0: it is not assigned to this domain"
lendpci unassign t1 02:00 --dry-run --sysroot "$work/lab" --connect "$uri"
expect_status 1
expect_err "t1: 0000:02:00: it is not assigned to this domain"
