#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Definitions that somebody wrote: a window in another spelling is kept, never doubled; a device at 00:02.0 of the guest without a port; vfio-pci past libvirt is told and not lent.
# deadline: 400
# machine: crowded
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# An Intel CPU of 40 bits: OVMF does not believe them, and takes its old fixed window.
intel="<cpu mode='custom' match='exact' check='none'><model fallback='allow'>SandyBridge</model></cpu>"

say "a window of one's own, its words the other way round"
define_guest t1 --ovmf --cpu "$intel" --qemu "--fw_cfg string=65536,name=opt/ovmf/X-PciMmio64Mb"
lendpci assign t1 "$HUGEBAR" | tee "$LAB_RUN/guest-assigned"
grep -q "t1: the domain's own X-PciMmio64Mb, 64 GiB, is enough and stays" "$LAB_RUN/guest-assigned" ||
    fail "assign did not see the window"
(($(virsh dumpxml --inactive t1 | grep -c X-PciMmio64Mb) == 1)) || fail "not one window"
start t1
has_place() { lendpci status --guest t1 | tee "$LAB_RUN/guest-places" | grep -q "t1: $HUGEBAR: both BARs have their place"; }
wait_for 200 "OVMF to place 32 GiB in it" has_place
turn_off t1
virsh -q undefine --nvram t1

say "two of them: what check says is what QEMU says"
guest_xml t2 --qemu "-fw_cfg name=opt/ovmf/X-PciMmio64Mb,string=65536" > "$LAB_RUN/guest-t2.xml"
sed -i "s|</qemu:commandline>|<qemu:arg value='-fw_cfg'/><qemu:arg value='opt/ovmf/X-PciMmio64Mb,string=65536'/>&|" "$LAB_RUN/guest-t2.xml"
virsh -q define "$LAB_RUN/guest-t2.xml"
refused "duplicate fw_cfg file name" lendpci check t2
refused "duplicate fw_cfg file name" virsh -q start t2

say "where graphics in the processor would be"
guest_xml t3 "$GPU2" > "$LAB_RUN/guest-t3.xml"
sed -i "s|</source>|&<address type='pci' domain='0' bus='0' slot='2' function='0'/>|" "$LAB_RUN/guest-t3.xml"
virsh -q define "$LAB_RUN/guest-t3.xml"
expect_output "t3: $GPU2: can be lent" lendpci check t3
start t3
guest_placed_bars t3 1234:1111 2
virsh qemu-monitor-command --hmp t3 'info pci' | grep -A1 "Bus  0, device   2, function 0" | grep -q 1234:1111 ||
    fail "not at 00:02.0"
turn_off t3

say "past libvirt"
define_guest t4 --qemu "-device vfio-pci,host=$GPU2"
refused "$GPU2: <qemu:commandline> gives it to QEMU past libvirt" lendpci check t4
refused "$GPU2: the domain's <qemu:commandline> has it already" lendpci assign t4 "$GPU2"
driver=$(driver_of "$GPU2")
! virsh -q start t4 || fail "QEMU took it from its host driver"
expect_driver "$GPU2" "$driver"
expect_no_loan
