#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey --tree draws where everything is plugged: roots, ports, switches, devices, each below what it hangs from.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

machine h100
lendpci survey --tree --sysroot "$machine"
expect_status 0
expect_err ""
# The depth of each is the number of bridges above it, and the second root complex has its own heading.
[[ $(sed -E 's/^( *[^ ]+).*/\1/' <<< "$out") == "PCIROOT(0)
  0000:00:00.0
PCIROOT(48)
  0000:48:01.0
    0000:49:00.0
      0000:4a:00.0
        0000:4b:00.0" ]] || fail "expected the tree of the H100's host"
grep -q "^      0000:4a:00.0  group 32  switch downstream port: " <<< "$out" || fail "expected the switch's port"

machine no-iommu
lendpci survey --tree --sysroot "$machine"
expect_status 0
grep -q "  no group  " <<< "$out" || fail "expected functions without a group"

# Every function is there, once, and no line is too wide.
for description in "$here"/../data/machines/*.machine; do
    name=$(basename "$description" .machine)
    rm -rf "${work:?}/$name"
    machine "$name"
    lendpci survey --tree --sysroot "$machine"
    expect_status 0
    [[ $(grep -oE '^ +[0-9a-f]+:[0-9a-f:.]+' <<< "$out" | tr -d ' ' | LC_ALL=C sort) == \
        "$(find "$machine/sys/bus/pci/devices" -type l -printf '%f\n' | LC_ALL=C sort)" ]] ||
        fail "$name: expected every function once"
    awk 'length > 100 { exit 1 }' <<< "$out" || fail "$name: a line is wider than 100 columns"
done

lendpci survey --tree 01:00.0
expect_status 2
expect_err "lendpci: --tree: it is about the whole machine, without a DEVICE
hint: 'lendpci survey --help' shows how"
