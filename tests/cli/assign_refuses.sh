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
expect_refusal "t1: 0000:02:00.0: it is in no IOMMU group, so a VM could not be kept apart from the host
hint: switch on VT-d or AMD-Vi in the firmware and, on Intel, boot with intel_iommu=on" t1 02:00.0

lendpci assign t1 01:00.0 --connect nonsense:///
expect_status 1
lendpci unassign t1 02:00.0 --dry-run --sysroot "$work/lab" --connect "$uri"
expect_status 1
expect_err "t1: 0000:02:00.0: it is not assigned to this domain"
lendpci unassign t1 02:00 --dry-run --sysroot "$work/lab" --connect "$uri"
expect_status 1
expect_err "t1: 0000:02:00: it is not assigned to this domain"
