#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A DEVICE may be named by libvirt's name, its ids, a part of its name, or as the only graphics card; what may be several is
# none, and they are listed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"
requires jq

# is DEVICE ADDRESS...: what survey takes it for.
is() {
    lendpci survey --json --sysroot "$machine" "$1"
    expect_status 0
    [[ $(jq -r 'map(.address) | join(" ")' <<< "$out") == "${*:2}" ]] || fail "expected $1 to be ${*:2}"
}

machine rtx-4090
is pci_0000_01_00_0 0000:01:00.0
is 10de:2684 0000:01:00.0
is 10DE:2684 0000:01:00.0
# Names are pci.ids', which not every host has.
if [[ -e /usr/share/misc/pci.ids || -e /usr/share/hwdata/pci.ids ]]; then
    is "rtx 4090" 0000:01:00.0
    is "GeForce RTX 4090" 0000:01:00.0
fi
# The processor's graphics is a graphics card, too.
lendpci survey gpu --sysroot "$machine"
expect_status 2
[[ $err == "lendpci: gpu: it may be any of 2 devices"* ]] || fail "expected both to be listed"

machine gtx-1080
is gpu 0000:01:00.0
is GPU 0000:01:00.0
# Wherever a DEVICE is taken.
lendpci inject gpu --sysroot "$machine" < "$here/../data/domains/q35.xml"
expect_status 0
cp "$work/out" "$work/by-name"
lendpci inject 01:00.0 --sysroot "$machine" < "$here/../data/domains/q35.xml"
cmp "$work/by-name" "$work/out" || fail "expected the same injection"
grep -q "gpu" "$work/by-name" && fail "expected no name to be stored"

lendpci survey 10de:ffff --sysroot "$machine"
expect_status 1
expect_err "10de:ffff: no device has these ids
hint: 'lendpci survey' lists what there is"
for word in rt 4091 pci_0000_01_00 pci_0000_01_00_0_0 pci_0000_01_00_9 10de:26840 10de:268g 10de; do
    lendpci survey "$word" --sysroot "$machine"
    [[ $status != 0 ]] || [[ $word == 10de ]] || fail "expected $word to be no device"
done

# Two are not one.
machine twins
lendpci survey 144d:a808 --sysroot "$machine"
expect_status 0
lendpci survey 8086:154d --sysroot "$machine"
expect_status 2
expect_out ""
[[ $err == "lendpci: 8086:154d: it may be any of 4 devices
hint: name one by its address: 0000:01:00.0 ("* ]] || fail "expected both to be listed"
lendpci survey gpu --sysroot "$machine"
expect_status 1
expect_err "gpu: there is no graphics card
hint: 'lendpci survey' lists what there is"

# Of eight cards some are listed, each whole.
machine h100-x8
lendpci survey gpu --sysroot "$machine"
expect_status 2
[[ $err == *"it may be any of 8 devices"*"), ..." ]] || fail "expected a list"

# Of a domain's devices, only those count.
machine lab
lendpci inject 01:00.0 --sysroot "$machine" < "$here/../data/domains/q35.xml"
echo "$out" > "$work/assigned.xml"
name=$(sed -n 's|.*<name>\(.*\)</name>.*|\1|p' "$work/assigned.xml" | head -n 1)
libvirt_with "$work/assigned.xml"
ids=$(cut -c 3- "$machine/sys/bus/pci/devices/0000:01:00.0/vendor"):$(cut -c 3- "$machine/sys/bus/pci/devices/0000:01:00.0/device")
lendpci unassign "$name" "$ids" --dry-run --connect "$uri" --sysroot "$machine"
expect_status 0
grep -q "^-.*bus='0x01' slot='0x00' function='0x0'" <<< "$out" || fail "expected the device to be taken out"
ids=10de:2684
lendpci unassign "$name" "$ids" --dry-run --connect "$uri" --sysroot "$machine"
expect_status 1
