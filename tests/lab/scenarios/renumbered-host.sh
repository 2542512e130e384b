#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A card was added and the host's buses have other numbers: the guest gets its own card; another card in its place is refused.
# deadline: 300
# machine: crowded
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# as_before NAME FILE: what NAME's definition was on the host without the extra port, where its card was on bus 1.
as_before() {
    virsh dumpxml --inactive "$1" | sed -e "s/0000:02:00/0000:01:00/; s/ua-lendpci\(.*\)0000-02-00/ua-lendpci\10000-01-00/" \
        -e "/<source>/,/<\/source>/s/bus='0x02'/bus='0x01'/" > "$2"
}

[[ -e /sys/bus/pci/devices/0000:01:00.0 && $GPU == 0000:02:00.0 ]] || fail "this host is not numbered anew"
define_guest t1
lendpci assign t1 02:00.0
as_before t1 "$LAB_RUN/guest-before.xml"
grep -q "0000:01:00.0" "$LAB_RUN/guest-before.xml" || fail "not understood: $(cat "$LAB_RUN/guest-before.xml")"
! grep -qE "0000:02:00|0000-02-00" "$LAB_RUN/guest-before.xml" || fail "still on bus 2: $(cat "$LAB_RUN/guest-before.xml")"
virsh -q define "$LAB_RUN/guest-before.xml"
snapshot_sysfs "$LAB_RUN/before"

say "without the service: refused, and the card that is now on bus 1 is left alone"
refused "the assigned card is 0000:02:00.0 now" virsh start t1
expect_same_sysfs "$LAB_RUN/before"

say "with the service: followed"
systemctl start lendpci.service
at_end "systemctl stop lendpci.service"
followed() { virsh dumpxml --inactive t1 | grep -q "ua-lendpci-0000-02-00-0"; }
wait_for 30 "the definition to follow the card" followed
expect_output "updated the address of 2 devices" journalctl --unit lendpci.service --boot --quiet --output=cat
start t1
expect_card_lent
guest_placed_bars t1 1234:1111 2
expect_driver "$HUGEBAR" none
turn_off t1
expect_card_home

say "another card where the assigned one was plugged in"
systemctl stop lendpci.service
# The drive's place with the graphics card's identity: what the policy says when somebody has swapped the two.
virsh dumpxml --inactive t1 | sed -e '/<hostdev/,/<\/hostdev>/d' -e 's/#PCI(0200)#PCI(000[01])/#PCI(0400)#PCI(0000)/' \
    -e '/address="0000:02:00.1"/d' -e 's/address="0000:02:00.0"/address="0000:04:00.0"/' > "$LAB_RUN/guest-swapped.xml"
sed -i "s|</devices>|$(hostdev_xml "$NVME" yes | tr -d '\n')</devices>|" "$LAB_RUN/guest-swapped.xml"
virsh -q define "$LAB_RUN/guest-swapped.xml"
refused "$NVME" virsh start t1
refused "hint: " lendpci check t1
expect_driver "$NVME" nvme
systemctl start lendpci.service
sleep 2 # nothing may happen, which no state shows
virsh dumpxml --inactive t1 | grep -q "PCI(0400)#PCI(0000)" || fail "the service changed a definition whose card is not there"
refused "$NVME" virsh start t1
expect_driver "$NVME" nvme
expect_no_loan
