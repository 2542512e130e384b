#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# assign makes room for a card's memory as the guest's firmware and CPU need it, says why, refuses what cannot fit with
# the arithmetic, and unassign takes all of it out again.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"
requires patch virt-xml-validate

# domain TYPE CPU [OS]: q35.xml as such a domain; CPU and OS are XML. Sets $recorded.
domain() {
    recorded=$work/domain.xml
    sed -e "s|<domain type='qemu'>|<domain type='$1'>|" \
        -e "/<cpu /,/<\/cpu>/c\\  $2" \
        -e "s|    <boot dev='hd'/>|${3:+    $3\n}&|" "$here/../data/domains/q35.xml" > "$recorded"
    libvirt_with "$recorded"
}

# assign ARGUMENT...: on $machine. Leaves the new definition in $work/assigned, and checks that unassign undoes it.
assign() {
    lendpci assign t1 "$@" --dry-run --sysroot "$machine" --connect "$uri"
    expect_status 0
    expect_err ""
    definition t1 > "$work/before"
    cp "$work/out" "$work/assign.diff"
    patch -s -o "$work/assigned" "$work/before" "$work/assign.diff" || fail "expected a diff that applies"
    virt-xml-validate "$work/assigned" domain > "$work/validated" || fail "expected XML that fits libvirt's schema"
    # The test driver does not keep what is meant for QEMU; tests/unit/test_edit.c sees that go.
    ! grep -q qemu:commandline "$work/assigned" || return 0

    libvirt_with "$work/assigned"
    lendpci assign t1 "$@" --dry-run --sysroot "$machine" --connect "$uri"
    expect_status 0
    expect_out ""
    lendpci unassign t1 --dry-run --sysroot "$machine" --connect "$uri"
    definition t1 > "$work/now"
    patch -s -o "$work/after" "$work/now" "$work/out" || fail "expected a diff that applies"
    libvirt_with "$work/after"
    definition t1 | cmp - "$work/before" || fail "expected the definition from before, byte for byte"
    libvirt_with "$recorded"
}

expect_assigned() { grep -qF -- "$1" "$work/assigned" || fail "expected in the definition: $1"; }
expect_not_assigned() { ! grep -qF -- "$1" "$work/assigned" || fail "expected no such thing in the definition: $1"; }

pflash="<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>"

# A host CPU of 46 bits under OVMF 2022.11: the top eighth is enough once the width is the host's.
machine h100
domain kvm "<cpu mode='host-passthrough' check='none' migratable='on'/>" "$pflash"
assign 4b:00.0
expect_assigned "<maxphysaddr mode='passthrough'/>"
expect_not_assigned X-PciMmio64Mb
expect_assigned "<pcihole64 unit='KiB'>33554432</pcihole64>"

# An OVMF that somebody built may be any: it is told.
domain kvm "<cpu mode='host-passthrough' check='none' migratable='on'/>" "${pflash/usr\/share\/OVMF/opt}"
assign 4b:00.0
expect_assigned "<qemu:arg value='name=opt/ovmf/X-PciMmio64Mb,string=262144'/>"
expect_assigned "<pcihole64 unit='KiB'>268435456</pcihole64>"

# SeaBIOS has nothing to be told but QEMU.
domain qemu "<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model></cpu>"
assign 4b:00.0
expect_assigned "<pcihole64 unit='KiB'>268435456</pcihole64>"
expect_not_assigned X-PciMmio64Mb

# The sizes of Hyper-V's Set-VM, kept in the policy.
assign 4b:00.0 --mmio-high 512G
expect_assigned "<pcihole64 unit='KiB'>536870912</pcihole64>"
expect_assigned 'mmio-high="549755813888"'
lendpci assign t1 4b:00.0 --mmio-high 512 --dry-run --sysroot "$machine" --connect "$uri"
expect_status 2
expect_err "lendpci: --mmio-high: '512' is not a size
hint: a size is 512M, 64G or 2T"

# What it says when it is done for real.
lendpci_on "$machine" assign t1 4b:00.0 --connect "$uri"
expect_status 0
expect_line "t1: pcihole64 256 GiB, so that the guest's operating system can move the devices"

# A desktop of 39 bits has no room for 1 TiB. (Another card shows its screen.)
machine gtx-1080
rm "$machine/proc/iomem" "$machine/sys/bus/pci/devices/0000:01:00.0/boot_vga"
domain kvm "<cpu mode='host-passthrough' check='none' migratable='on'/>" "$pflash"
lendpci assign t1 01:00.0 --mmio-high 1T --dry-run --sysroot "$machine" --connect "$uri"
expect_status 1
expect_out ""
expect_err "t1: its devices and 4 hot-plug ports need 16672 MiB of 64-bit address space, and --mmio-high asks for a window of 1 TiB; behind memory that ends at 4 GiB it would lie from 1 TiB to 2 TiB, but 39 address bits end at 512 GiB
hint: ask for less with --mmio-high"
lendpci assign t1 01:00.0 --mmio-low 2G --dry-run --sysroot "$machine" --connect "$uri"
expect_status 1
expect_err "t1: its devices and 5 hot-plug ports need 2 GiB of address space below 4 GiB, and the guest has 960 MiB there
hint: assign fewer devices, or remove empty root ports from the domain"

# And one graphics card of 2016 needs no more than QEMU gives; that is written down.
assign 01:00.0
expect_not_assigned maxphysaddr
expect_assigned "<pcihole64 unit='KiB'>33554432</pcihole64>"
