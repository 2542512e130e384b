#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey for people: a block for each device, whatever is known of it, within 100 columns and without colour in a pipe.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

machine gtx-1080
lendpci survey --sysroot "$machine" 01:00.0
expect_status 0
expect_err ""
expect_line "  verdict     can be lent, with 1 warning"
expect_line "  warning     it is the host's only display: the host has no screen while it is lent"
expect_line "  info        0000:01:00.1 (audio) goes along with it"
expect_line "  driver      nvidia"
expect_line "  group       2, with 0000:01:00.1"
expect_line "  reset       with its whole slot only"
expect_line "  MMIO        17 MiB low, 288 MiB high: needs 305 MB (Hyper-V calls it MMIO gap space)"
expect_line "  location    PCIROOT(0)#PCI(0100)#PCI(0000)"

lendpci survey --sysroot "$machine" --verbose 01:00.0
expect_line "  BAR 1       256 MiB, 64-bit prefetchable at 0xc0000000"
expect_line "  ROM         512 KiB, 32-bit prefetchable at 0xdf000000"
expect_line "  interrupts  MSI INTx"
grep -q "^  combines    yes: KVM leaves the memory of devices" <<< "$out" || fail "expected the caching verdict"

machine twins
lendpci survey --sysroot "$machine" --verbose 02:00.1 03:00.0
expect_line "  serial      90-e2-ba-ff-ff-44-55-60"
[[ $(grep -c "^  serial" <<< "$out") == 1 ]] || fail "expected no number for the disk that has none"

# Every machine: nothing too wide, nothing coloured, every block begins with an address at the left.
for description in "$here"/../data/machines/*.machine; do
    name=$(basename "$description" .machine)
    rm -rf "${work:?}/$name"
    machine "$name"
    lendpci survey --sysroot "$machine" --verbose
    expect_status 0
    [[ -n $out ]] || fail "$name: the survey is empty"
    awk 'length > 100 { exit 1 }' <<< "$out" || fail "$name: a line is wider than 100 columns"
    ! grep -q $'\033' <<< "$out" || fail "$name: colour in a pipe"
    ! grep -vqE '^([0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] |  |$)' <<< "$out" || fail "$name: a stray line"
done
