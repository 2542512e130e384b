#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# rom: what is said of real option ROMs and of damaged ones; assign --rom writes none that a guest would not run.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

machine lab
vga=/usr/share/seabios/vgabios-stdvga.bin
nic=/usr/lib/ipxe/qemu/efi-e1000.rom
for file in "$vga" "$nic"; do
    [[ -e $file ]] || { echo "skipped: no $file here"; exit 77; }
done

# check FILE [OPTION...]: as a ROM of the lab's graphics card, 1234:1111
check() { lendpci rom 01:00.0 "$1" --sysroot "$machine" "${@:2}"; }

check "$vga"
expect_status 0
expect_err ""
expect_line "$vga: 39936 bytes found there, checked as a ROM for 0000:01:00.0"
expect_line "         0  legacy BIOS     39936 bytes, for 1234:1111, checksum right"

check "$nic"
expect_status 0
expect_line "         0  legacy BIOS     75264 bytes, for 8086:100e and 1 more, checksum right"
expect_line "   0x12600  EFI            174592 bytes, for 8086:100e"
expect_err "$nic: warning: it is for 8086:100e, and the device is 1234:1111: firmware runs a ROM only for the device that it names
hint: take the ROM of this very card"

check "$vga" --json
expect_status 0
expect_json '.valid and .size == 39936 and .read == false and .shadow == false and .address == "0000:01:00.0"'
expect_json '.images == [{offset: 0, size: 39936, type: "legacy BIOS", code: 0, vendor: "0x1234",
    devices: ["0x1111"], checksum: true}]'

# All that QEMU and iPXE have for PCI is whole.
for file in /usr/lib/ipxe/qemu/*.rom /usr/share/seabios/vgabios-{ati,bochs-display,cirrus,qxl,stdvga,virtio,vmware}.bin; do
    check "$file"
    expect_status 0
done

# A byte that changed, as in the copy that a running card's BIOS keeps.
rom=$work/card.rom
cp "$vga" "$rom"
printf 'x' | dd of="$rom" bs=1 seek=5000 conv=notrunc status=none
check "$rom"
expect_status 1
expect_err "$rom: the checksum of its legacy BIOS image at offset 0x0 is wrong: it is damaged, or a shadowed copy that the running card has changed
hint: read it while the card is not the host's first screen, or take it from its vendor"
check "$rom" --json
expect_status 1
expect_json '.valid == false and .findings[0].code == "checksum" and .images[0].checksum == false'

head -c 60000 "$nic" > "$rom"
check "$rom"
expect_status 1
expect_err "$rom: it is cut off: the image at offset 0x0 has 75264 bytes, and 60000 are there
hint: read it again, from a card that nothing uses"

head -c 75264 "$nic" > "$rom"
check "$rom"
expect_status 1
expect_err "$rom: it is cut off: its last image says that another one follows at offset 0x12600
hint: read it again, from a card that nothing uses"

head -c 65536 /dev/zero | tr '\0' '\377' > "$rom"
check "$rom"
expect_status 1
expect_err "$rom: it is blank, as what is read where no ROM answers
hint: take it while the card is not the host's first screen and no driver has it, or from its vendor"

# What a flash tool saves begins with a header of its own.
{ head -c 1024 /dev/zero | tr '\0' N; cat "$vga"; } > "$rom"
check "$rom"
expect_status 1
expect_err "$rom: a flash tool's header of 1024 bytes is before the ROM, and a guest's firmware looks at the beginning
hint: cut it off: 'tail -c +1025 FILE > NEWFILE'"
tail -c +1025 "$rom" > "$work/cut.rom"
cmp "$work/cut.rom" "$vga"

# ISA's ROMs are none for a PCI device; a program is none at all.
check /usr/share/seabios/vgabios-isavga.bin
expect_status 1
check "$LENDPCI"
expect_status 1

lendpci rom 01:00.0 "$work/new.rom" --sysroot "$machine"
expect_status 2
expect_err "lendpci: --sysroot: a recorded machine has no ROM to read; a FILE that is there can be checked"
[[ ! -e $work/new.rom ]] || fail "expected no file"
check "$work"
expect_status 1
expect_err "$work: it is no regular file"
truncate -s 17M "$rom"
check "$rom"
expect_status 1
expect_err "$rom: it has 17825792 bytes, and no option ROM is larger than 16777216"

# inject OPTION...
domain=$here/../data/domains/q35.xml
inject() {
    status=0
    "$LENDPCI" inject 01:00 --sysroot "$machine" "$@" < "$domain" > "$work/out" 2> "$work/err" || status=$?
    out=$(< "$work/out")
    err=$(< "$work/err")
}

# Of the slot's functions the one that the ROM is for gets it.
inject --rom "$vga"
expect_status 0
[[ $(grep -c "<rom " <<< "$out") == 1 ]] || fail "expected one <rom>"
grep -A 1 "ua-lendpci-0000-01-00-0" <<< "$out" | grep -qxF "      <rom file='$vga'/>" || fail "expected the ROM"

inject --rom-bar off
expect_status 0
expect_line "      <rom bar='off'/>"

# One that only its owner may read is not for QEMU, and a relative path is none for libvirt.
cp "$vga" "$work/private.rom"
chmod 600 "$work/private.rom"
cd "$work"
inject --rom private.rom
expect_status 0
expect_line "      <rom file='$work/private.rom'/>"
expect_err "standard input: warning: $work: QEMU runs as a user of its own, which may not enter it
hint: put the ROM where all may read it, such as /usr/share/vgabios/"

head -c 60000 "$nic" > "$rom"
inject --rom "$rom"
expect_status 1
expect_out ""
[[ $err == "$rom: it is cut off"* ]] || fail "expected the reason"
inject --rom "$work/absent.rom"
expect_status 1
expect_err "$work/absent.rom: No such file or directory"
inject --rom "$vga" --rom-bar off
expect_status 2
expect_err "lendpci: --rom: with --rom-bar off the guest does not see the ROM"
inject --rom-bar maybe
expect_status 2
expect_err "lendpci: --rom-bar: 'maybe' is neither on nor off"
