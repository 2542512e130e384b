#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a definition says beside lendpci: check and assign tell what libvirt, QEMU or the guest would stumble over, with
# the way out, and inject never doubles what is there.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"

# domain OS DEVICES [ARGUMENT...]: a domain t1 in $domain; the arguments are for QEMU.
domain() {
    local os=$1 devices=$2 argument
    shift 2
    domain=$work/t1.xml
    {
        echo "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
        echo "<name>t1</name><uuid>11111111-2222-3333-4444-555555555555</uuid><memory unit='GiB'>8</memory>"
        echo "<vcpu>2</vcpu><os>$os</os><cpu mode='host-passthrough'/>"
        echo "<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>$devices</devices>"
        echo "<qemu:commandline>"
        for argument in "$@"; do echo "<qemu:arg value='$argument'/>"; done
        echo "</qemu:commandline></domain>"
    } > "$domain"
    libvirt_with "$domain"
}

# hostdev ATTRIBUTES BUS SLOT [INSIDE]
hostdev() {
    echo "<hostdev mode='subsystem' type='pci' $1><source><address bus='$2' slot='$3' function='0'/></source>${4-}</hostdev>"
}

q35="<type arch='x86_64' machine='pc-q35-7.2'>hvm</type>"
pflash="<loader readonly='yes' type='pflash'>/opt/OVMF_CODE.fd</loader>"

check() { lendpci check t1 --sysroot "$machine" --connect "$uri"; }
assign() { lendpci assign t1 "$@" --dry-run --sysroot "$machine" --connect "$uri"; }
inject() {
    status=0
    "$LENDPCI" inject "$@" --sysroot "$machine" < "$domain" > "$work/out" 2> "$work/err" || status=$?
    out=$(< "$work/out")
    err=$(< "$work/err")
}

# A hostdev that libvirt does not manage: check says it before libvirt does, assign makes it managed.
machine igd
for attributes in "" "managed='no'"; do
    domain "$q35" "$(hostdev "$attributes" 1 0)"
    check
    expect_status 1
    expect_out ""
    expect_err "t1: 0000:01:00.0: its hostdev has no managed='yes' and it is not on vfio-pci, so libvirt refuses the start: \"Unmanaged PCI device 0000:01:00.0 must be manually detached from the host\"
hint: 'lendpci assign t1 0000:01:00.0' makes it managed"
done
lendpci_on "$machine" assign t1 01:00.0 --connect "$uri"
expect_status 0
expect_line "t1: 0000:01:00.0 already had a hostdev that somebody wrote; it gets managed='yes', without which libvirt refuses to start"

# A ROM that is not there, and a device that the guest does not get to see.
domain "$q35" "$(hostdev "managed='yes'" 1 0 "<rom file='/no/such.rom'/>")"
check
expect_status 1
expect_err "t1: 0000:01:00.0: its <rom file='/no/such.rom'> is not there, so QEMU does not start
hint: put the ROM there, readable for QEMU, or remove the <rom> from its hostdev"
mkdir "$machine/no" && echo rom > "$machine/no/such.rom"
check
expect_status 0
expect_err ""
# Somebody else than root chose the path: a FIFO there does not hang who looks.
rm "$machine/no/such.rom" && mkfifo "$machine/no/such.rom"
check
expect_status 0
expect_err "t1: warning: 0000:01:00.0: its <rom file='/no/such.rom'> cannot be read here, and QEMU reads it as a user of its own
hint: put the ROM there, readable for QEMU, or remove the <rom> from its hostdev"
domain "$q35" "$(hostdev "managed='yes'" 1 0 "<address type='unassigned'/>")"
check
expect_status 0
expect_err "t1: warning: 0000:01:00.0: it is lent, and the guest does not see it: <address type='unassigned'/>
hint: remove that <address> from its hostdev if the guest is to have it"

# vfio-pci past libvirt. (libvirt's test driver keeps no such arguments.)
for argument in vfio-pci,host=01:00.0 addr=6,driver=vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:01:00.0; do
    domain "$q35" "" --device "$argument"
    inject 01:00.0
    expect_status 1
    expect_out ""
    expect_err "standard input: 0000:01:00.0: the domain's <qemu:commandline> has it already
hint: remove <qemu:arg value='-device'/> and <qemu:arg value='$argument'/>, then assign it again"
done

# Graphics in the processor go to 00:02.0, on q35 and on i440fx, and what the guest still needs is told.
for machine_type in pc-q35-7.2 pc-i440fx-7.2; do
    domain "<type arch='x86_64' machine='$machine_type'>hvm</type>" ""
    assign 00:02.0
    expect_status 0
    [[ $out == *"<address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>"* ]] ||
        fail "expected it at 00:02.0"
    [[ $out != *ua-lendpci-port* ]] || fail "expected no port of ours"
    [[ $err == *"<rom file='…'/> in its hostdev"* ]] || fail "expected the ROM to be told"
    case $machine_type in
        *q35*) [[ $err == *x-igd-opregion* ]] || fail "expected the OpRegion to be told" ;;
        *) [[ $err == *"wants it to be the only display"* ]] || fail "expected legacy mode to be told" ;;
    esac
done
domain "$q35" "<controller type='pci' index='1' model='pcie-root-port'><address type='pci' bus='0' slot='2' function='0'/></controller>"
assign 00:02.0
expect_status 1
expect_out ""
expect_err "t1: 0000:00:02.0: Intel's graphics have to be at 00:02.0 in the guest, too, and that slot has the domain's <controller index='1' model='pcie-root-port'>
hint: give what is in slot 0x02 of its bus 0x00 another slot with 'virsh edit'; or with --force they go elsewhere, and give no picture before their driver is loaded"
assign 00:02.0 --force
expect_status 0

# A window of the domain's own, in whatever spelling: kept if it is enough, never doubled.
machine a30
echo 65536 > "$machine/window"
for argument in string=65536,name=opt/ovmf/X-PciMmio64Mb opt/ovmf/X-PciMmio64Mb,string=65536 \
    file=/window,name=opt/ovmf/X-PciMmio64Mb; do
    domain "$q35$pflash" "" --fw_cfg "$argument"
    inject 3b:00.0
    expect_status 0
    [[ $(grep -c X-PciMmio64Mb <<< "$out") == 1 ]] || fail "expected one window"
    [[ $out != *mmio64-ours* ]] || fail "expected no window of ours"
done
domain "$q35$pflash" "" -fw_cfg string=32768,name=opt/ovmf/X-PciMmio64Mb
inject 3b:00.0
expect_status 1
expect_err "standard input: its devices need a 64-bit window of 64 GiB, and the domain's own X-PciMmio64Mb gives them 32 GiB
hint: remove '-fw_cfg' 'string=32768,name=opt/ovmf/X-PciMmio64Mb' from <qemu:commandline>: assign sets what is needed"
domain "$q35$pflash" "" -fw_cfg opt/ovmf/X-PciMmio64Mb,string=64G
inject 3b:00.0
expect_status 1
expect_err "standard input: its devices need a 64-bit window of 64 GiB, and OVMF ignores the domain's own X-PciMmio64Mb: '64G' is not a decimal number of MiB up to 16777216
hint: remove '-fw_cfg' 'opt/ovmf/X-PciMmio64Mb,string=64G' from <qemu:commandline>: assign sets what is needed"

# A hole of the domain's own -global overrules <pcihole64>, and is left alone.
domain "$q35$pflash" "" -global driver=q35-pcihost,property=pci-hole64-size,value=16G
inject 3b:00.0
expect_status 0
[[ $out != *"<pcihole64"* ]] || fail "expected no pcihole64"

# Too small a size takes --force.
domain "$q35$pflash" ""
inject 3b:00.0 --mmio-high 32G
expect_status 1
expect_err "standard input: its devices and 0 hot-plug ports need 32800 MiB of 64-bit address space, and --mmio-high says 32 GiB
hint: leave --mmio-high out, or add --force to set so little"
inject 3b:00.0 --mmio-high 32G --force
expect_status 0

# Written by hand for a CPU of 40 bits, it does not fit, and check says so; other machines are none of ours.
sed "s|<cpu [^>]*>||" "$domain" > "$work/named.xml"
domain "$q35$pflash" "$(hostdev "managed='yes'" 0x3b 0)"
sed -i "s|<cpu [^>]*>||" "$domain"
libvirt_with "$domain"
check
expect_status 0
expect_err "t1: warning: its devices and 0 hot-plug ports need 32800 MiB of 64-bit address space, and an OVMF from before 2022.11 has a window of 32 GiB: the largest gets no address in the guest
hint: 'lendpci assign t1 0000:3b:00.0' makes room"
for type in "arch='aarch64' machine='virt-9.2'" "arch='x86_64' machine='microvm'" "arch='x86_64' machine='isapc'" \
    "arch='ppc64' machine='pseries-9.2'"; do
    domain "<type $type>hvm</type>" ""
    inject 3b:00.0
    expect_status 1
    [[ $err == *"and lendpci knows x86-64's q35 and pc only"* ]] || fail "expected the machine to be told: $type"
done
