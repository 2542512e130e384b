#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A running guest gets a card, gives it back, and is shut down with one that it got again; one that ignores the request
# keeps the card until it is turned off.
# deadline: 300
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

ports=""
for index in 1 2 3 4; do ports+="<controller type='pci' index='$index' model='pcie-root-port'/>"; done
ports+="<controller type='pci' index='5' model='pcie-to-pci-bridge'/>" # the card's sound function is not PCI Express
guest_xml t1 --linux | sed "s|</devices>|$ports&|" > "$LAB_RUN/guest-t1.xml"
virsh -q define "$LAB_RUN/guest-t1.xml"
refused "it does not run" lendpci attach t1 "$GPU2"

start t1
guest_says t1 "guest: up"
snapshot_sysfs "$LAB_RUN/before"
lendpci attach --dry-run t1 "$GPU2" | grep "would be plugged in" || fail "the dry run does not tell"
expect_same_sysfs "$LAB_RUN/before"

lendpci attach t1 "$GPU2"
expect_driver "$GPU2" vfio-pci
virsh dumpxml t1 | grep -q ua-lendpci || fail "libvirt does not have the card in the guest"
lendpci status | grep -q "t1" || fail "status does not tell of the loan"
refused "the guest has it already" lendpci attach t1 "$GPU2"
refused "the guest does not have it" lendpci detach t1 "$NVME"
lendpci detach t1 "$GPU2"
expect_same_sysfs "$LAB_RUN/before"
expect_no_loan

# A card of two functions, of which libvirt gives the guest one after the other; the shutdown brings both home.
lendpci attach t1 "$GPU"
expect_card_lent
shut_down t1
expect_card_home
expect_no_loan

# Without a free port for each function nothing stays plugged in, and nothing lent.
guest_xml t2 --linux | sed "s|</devices>|<controller type='pci' index='1' model='pcie-root-port'/>&|" > "$LAB_RUN/guest-t2.xml"
virsh -q define "$LAB_RUN/guest-t2.xml"
start t2
guest_says t2 "guest: up"
lendpci attach t2 "$GPU2"
refused "free root port" lendpci attach t2 "$GPU"
expect_card_home
turn_off t2
expect_driver "$GPU2" bochs-drm
expect_no_loan

# A guest without an operating system never answers.
guest_xml t3 | sed "s|</devices>|$ports&|" > "$LAB_RUN/guest-t3.xml"
virsh -q define "$LAB_RUN/guest-t3.xml"
start t3
lendpci attach t3 "$GPU2"
refused "has not let it go within 3 s" lendpci detach --timeout 3 t3 "$GPU2"
expect_driver "$GPU2" vfio-pci
turn_off t3
expect_no_loan
