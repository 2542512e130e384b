#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A card's option ROM is read out of it and is whole; a guest gets that file as its ROM; a damaged file is not written into a definition.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

rom=/usr/share/lab-card.rom
at_end "rm -f $rom $rom.damaged"
snapshot_sysfs "$LAB_RUN/before"
lendpci rom "$GPU2" "$rom" | tee "$LAB_RUN/guest-rom.text"
expect_same_sysfs "$LAB_RUN/before"
expect_driver "$GPU2" bochs-drm
grep -q "bytes read out of $GPU2" "$LAB_RUN/guest-rom.text" || fail "it was not read"
grep -q "for 1234:1111, checksum right" "$LAB_RUN/guest-rom.text" || fail "it is not the card's"
# A second call finds the file and only checks it.
lendpci rom "$GPU2" "$rom" --json | grep -q '"read": false' || fail "the file was not kept"
refused "it has no option ROM" lendpci rom "$BIGBAR" "$LAB_RUN/guest-none.rom"
[[ ! -e $LAB_RUN/guest-none.rom ]] || fail "a file was made"

say "a guest gets it"
define_guest t1
cp "$rom" "$rom.damaged"
printf 'x' | dd of="$rom.damaged" bs=1 seek=5000 conv=notrunc status=none
refused "checksum of its legacy BIOS image" lendpci assign t1 "$GPU2" --rom "$rom.damaged"
! virsh dumpxml --inactive t1 | grep -q hostdev || fail "the definition was changed"
lendpci assign t1 "$GPU2" --rom "$rom"
virsh dumpxml --inactive t1 | grep -q "<rom file='$rom'/>" || fail "no <rom>: $(virsh dumpxml --inactive t1)"
start t1
expect_driver "$GPU2" vfio-pci
guest_placed_bars t1 1234:1111 2
refused "it is on loan" lendpci rom "$GPU2" "$LAB_RUN/guest-lent.rom"
turn_off t1
expect_driver "$GPU2" bochs-drm

say "without a ROM BAR"
lendpci assign t1 "$GPU2" --rom none --rom-bar off
virsh dumpxml --inactive t1 | grep -q "<rom bar='off'/>" || fail "no <rom>: $(virsh dumpxml --inactive t1)"
start t1
expect_driver "$GPU2" vfio-pci
turn_off t1
expect_driver "$GPU2" bochs-drm
expect_no_loan
