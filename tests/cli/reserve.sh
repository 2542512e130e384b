#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# reserve: what is listed, what the program that runs at boot makes of the list, and how survey and doctor show it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

machine lab
host=$machine
boot=$here/../../helper/data/reserve/reserve
for function in "$host"/sys/bus/pci/devices/*; do echo '(null)' > "$function/driver_override"; done
mkdir -p "$work/etc"

# lendpci_here ARGUMENT...: as root of $host, with an /etc of its own.
lendpci_here() {
    in_namespace "mount --bind '$host/sys' /sys && mount --bind '$work/etc' /etc" "$LENDPCI" "$@"
}

# at_boot [FILE]: what the initramfs and the unit do.
at_boot() { LENDPCI_SYSFS=$host/sys "$boot" "${1:-$work/etc/lendpci/reserved}" > "$work/said"; }
override() { cat "$host/sys/bus/pci/devices/0000:$1/driver_override"; }

lendpci_here reserve
expect_status 0
expect_out ""
at_boot # without a list it does nothing

lendpci_here reserve 01:00.0
expect_status 0
expect_out "0000:01:00.0: reserved: from the next boot on no host driver gets it
0000:01:00.1: reserved: from the next boot on no host driver gets it"
[[ $err == *"this host has no initramfs tool that lendpci knows"* ]] || fail "expected a note"
[[ $(grep -v '^#' "$work/etc/lendpci/reserved") == "PCIROOT(0)#PCI(0100)#PCI(0000) 0x1234 0x1111 pci0000:00/01.0/00.0
PCIROOT(0)#PCI(0100)#PCI(0001) 0x8086 0x2668 pci0000:00/01.0/00.1" ]] || fail "expected two lines: $(< "$work/etc/lendpci/reserved")"
[[ $(override 01:00.0) == "(null)" ]] || fail "expected nothing to change before the next boot"

lendpci_here reserve
expect_out "PCIROOT(0)#PCI(0100)#PCI(0000)  1234:1111
PCIROOT(0)#PCI(0100)#PCI(0001)  8086:2668"
lendpci_here reserve --json
expect_json '. == [{location_path: "PCIROOT(0)#PCI(0100)#PCI(0000)", vendor: "0x1234", device: "0x1111"},
    {location_path: "PCIROOT(0)#PCI(0100)#PCI(0001)", vendor: "0x8086", device: "0x2668"}]'

at_boot
[[ $(override 01:00.0) == vfio-pci && $(override 01:00.1) == vfio-pci ]] || fail "expected both to be kept"
[[ $(cat "$host"/sys/bus/pci/devices/*/driver_override | grep -c vfio-pci) == 2 ]] || fail "expected no other one"
[[ ! -s $work/said ]] || fail "expected silence: $(< "$work/said")"

# In a shell as small as an initramfs has.
if command -v busybox > /dev/null; then
    echo '(null)' > "$host/sys/bus/pci/devices/0000:01:00.0/driver_override"
    env -i LENDPCI_SYSFS="$host/sys" "$(command -v busybox)" sh "$boot" "$work/etc/lendpci/reserved"
    [[ $(override 01:00.0) == vfio-pci ]] || fail "expected the same of busybox"
fi

# survey and doctor.
mkdir -p "$host/etc/lendpci"
cp "$work/etc/lendpci/reserved" "$host/etc/lendpci/"
lendpci survey 01:00.0 --sysroot "$host" --json
expect_json '.[0].reasons[] | select(.code == "reserved") | .severity == "info" and
    .text == "it is reserved from the next boot on; bochs-drm has it still"'
lendpci doctor --sysroot "$host"
expect_line "warn  reserved: 0000:01:00.0: it is reserved, and bochs-drm has it (and 1 more)"
rm "$host"/sys/bus/pci/devices/0000:01:00.[01]/driver
lendpci survey 01:00.0 --sysroot "$host" --json
expect_json '.[0].reasons[] | select(.code == "reserved") | .text == "it is reserved: no host driver gets it at boot"'
lendpci doctor --sysroot "$host"
expect_line "ok    reserved: 2 reserved functions are without a host driver"
lendpci survey 02:00.0 --sysroot "$host" --json
expect_json '[.[0].reasons[].code] | index("reserved") == null'

# Another card in its place is the host's; so is an empty place nobody's.
for function in "$host"/sys/bus/pci/devices/*; do echo '(null)' > "$function/driver_override"; done
sed 's/0x1111/0x9999/; s|pci0000:00/01.0/00.1|pci0000:00/1f.0/00.1|' "$work/etc/lendpci/reserved" > "$work/swapped"
at_boot "$work/swapped"
! grep -q vfio-pci "$host"/sys/bus/pci/devices/*/driver_override || fail "expected nothing to be kept"
[[ $(< "$work/said") == "lendpci: PCIROOT(0)#PCI(0100)#PCI(0000): another device is there than was reserved, and is left to the host
lendpci: PCIROOT(0)#PCI(0100)#PCI(0001): reserved, and nothing is plugged in there" ]] || fail "said: $(< "$work/said")"
cp "$work/swapped" "$host/etc/lendpci/reserved"
lendpci doctor --sysroot "$host"
expect_line "warn  reserved: PCIROOT(0)#PCI(0100)#PCI(0000): 1234:9999 is reserved, and another device is there"
expect_line "      hint: lendpci unreserve 'PCIROOT(0)#PCI(0100)#PCI(0000)'"
echo nonsense > "$host/etc/lendpci/reserved"
lendpci doctor --sysroot "$host"
expect_line "warn  reserved: /etc/lendpci/reserved: line 1 is not understood"

# A bridge is nothing to reserve.
lendpci_here reserve 00:01.0
expect_status 1
[[ $(grep -vc '^#' "$work/etc/lendpci/reserved") == 2 ]] || fail "expected the list to stay"

lendpci_here unreserve 02:00.0
expect_status 1
expect_err "02:00.0: it is not reserved"
lendpci_here unreserve nonsense
expect_status 2
lendpci_here unreserve 01:00.0
expect_status 0
expect_out "01:00.0: from the next boot on its host driver gets it again"
[[ $(grep -vc '^#' "$work/etc/lendpci/reserved") == 0 ]] || fail "expected an empty list"
at_boot
lendpci_here reserve
expect_out ""

# A card that is gone.
printf '%s\n' 'PCIROOT(0)#PCI(1F00)#PCI(0000) 0x10de 0x2684 pci0000:00/1f.0/00.0' > "$work/etc/lendpci/reserved"
lendpci_here unreserve 'PCIROOT(0)#PCI(1F00)#PCI(0000)'
expect_status 0

# The disk that the host lives on would be missing.
machine held/mounted
host=$machine
disk=$(basename "$(dirname "$(grep -l '^0x0108' "$host"/sys/bus/pci/devices/*/class | head -n 1)")")
lendpci_here reserve "$disk"
expect_status 1
[[ $err == "$disk: the host would be without it at its next boot, and it is in use by "* ]] || fail "expected a refusal"
