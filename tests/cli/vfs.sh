#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vfs: what is shown and refused; that a driver makes them is for the lab.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

machine sriov
host=$machine
mkdir -p "$work/etc" "$host/etc/lendpci"

lendpci vfs --sysroot "$host"
expect_status 0
expect_out ""
printf '%s\n' '# a comment' 'PCIROOT(0)#PCI(1C00)#PCI(0000) 0x144d 0xa824 2' > "$host/etc/lendpci/vfs"
lendpci vfs --sysroot "$host"
expect_status 0
expect_out "PCIROOT(0)#PCI(1C00)#PCI(0000)  2 virtual functions at each boot"
lendpci vfs --sysroot "$host" --json
expect_json '. == [{location_path: "PCIROOT(0)#PCI(1C00)#PCI(0000)", count: 2}]'
lendpci vfs 03:00.0 1 --sysroot "$host"
expect_status 2
expect_err "lendpci: --sysroot: a recorded machine is only looked at, without a DEVICE"
[[ $(< "$host/sys/bus/pci/devices/0000:03:00.0/sriov_numvfs") == 2 ]] || fail "expected the recording to stay as it was"
echo nonsense > "$host/etc/lendpci/vfs"
lendpci vfs --sysroot "$host"
expect_status 1
expect_err "/etc/lendpci/vfs: line 1 is not understood"

# lendpci_here ARGUMENT...: as root of $host, with an /etc of its own.
lendpci_here() {
    in_namespace "mount --bind '$host/sys' /sys && mount --bind '$work/etc' /etc && mount -t tmpfs none /run" "$LENDPCI" "$@"
}

# It has two already: nothing is changed, and from now on it is so at each boot.
lendpci_here vfs 03:00.0 2
expect_status 0
expect_out "0000:03:00.0: has 2 virtual functions, now and at each boot"
[[ $(grep -v '^#' "$work/etc/lendpci/vfs") == "PCIROOT(0)#PCI(1C00)#PCI(0000) 0x144d 0xa824 2" ]] || fail "expected a line"
lendpci_here vfs --all
expect_status 0
expect_out "PCIROOT(0)#PCI(1C00)#PCI(0000): has 2 virtual functions"

lendpci_here vfs 03:00.0 3
expect_status 1
expect_err "0000:03:00.0: it can have 2 virtual functions, not 3"
lendpci_here vfs 03:00.0 many
expect_status 2
expect_err "lendpci: many: it is no number of virtual functions"
lendpci_here vfs 03:00.0
expect_status 2
lendpci_here vfs 00:1c.0 1
expect_status 1
[[ $err == "0000:00:1c.0: it can have no virtual functions"* ]] || fail "expected a refusal"

# Another card in its place gets none.
sed -i 's/0xa824/0xa825/' "$work/etc/lendpci/vfs"
lendpci_here vfs --all
expect_status 1
expect_err "0000:03:00.0: it is another card than the one that was to have 2 virtual functions"
