#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A PCI address is no identity: after a renumbering a domain gets its own card or none.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"

machine lab
"$LENDPCI" inject 01:00.0 --sysroot "$machine" < "$here/../data/domains/q35.xml" > "$work/assigned.xml"

# Assigned when the card was 05:00; nothing but the bus number is another.
sed -e '/lendpci:device/s/0000:01:00/0000:05:00/' -e "/<source>/,/<\/source>/s/bus='0x01'/bus='0x05'/" \
    -e 's/ua-lendpci-0000-01-00/ua-lendpci-0000-05-00/; s/ua-lendpci-port-0000-01-00/ua-lendpci-port-0000-05-00/' \
    "$work/assigned.xml" > "$work/moved.xml"
libvirt_with "$work/moved.xml"
lendpci check t1 --sysroot "$machine" --connect "$uri"
expect_status 1
expect_err "t1: 0000:05:00.0: this host's PCI addresses have moved: the assigned card is 0000:01:00.0 now
hint: 'lendpci assign t1 0000:01:00.0' writes the new address, as lendpci.service does by itself while it runs"

# What assign then writes is the definition as if the card had always been there.
lendpci assign t1 01:00.0 --dry-run --sysroot "$machine" --connect "$uri"
expect_status 0
expect_line "+        <address domain='0x0000' bus='0x01' slot='0x00' function='0x1'/>"
expect_line "-      <alias name='ua-lendpci-port-0000-05-00'/>"
! grep -q "^+ *<hostdev\|^- *<hostdev" <<< "$out" || fail "expected the hostdevs to stay where they are"

# Another card in its place, whatever the address says.
sed -e 's/vendor="0x1234"/vendor="0x10de"/' "$work/moved.xml" > "$work/other.xml"
libvirt_with "$work/other.xml"
lendpci check t1 --sysroot "$machine" --connect "$uri"
expect_status 1
[[ $err == "t1: 0000:01:00.0: it is a different card now: 1234:1111 (subsystem 1af4:1100), assigned was 10de:1111"* ]] ||
    fail "expected another card to be refused"

# Nothing in its place: not the card that took over its address.
sed -e 's/PCI(0100)#PCI(0000)/PCI(1200)#PCI(0000)/' "$work/assigned.xml" > "$work/gone.xml"
libvirt_with "$work/gone.xml"
lendpci check t1 --sysroot "$machine" --connect "$uri"
expect_status 1
expect_err "t1: 0000:01:00.0: the assigned card is gone: nothing is plugged in at PCIROOT(0)#PCI(1200)#PCI(0000)
hint: put it back there; or unassign 0000:01:00.0, and assign the card where it is now"

# Two cards of one model changed places: by their ids each is the other, by their serial numbers it is not.
machine twins
"$LENDPCI" inject 01:00 --sysroot "$machine" < "$here/../data/domains/q35.xml" > "$work/assigned.xml"
[[ $(grep -c 'lendpci:device .* serial="90-e2-ba-ff-ff-11-22-30"/>' "$work/assigned.xml") == 2 ]] ||
    fail "expected the serial number that each function has"
libvirt_with "$work/assigned.xml"
lendpci check t1 --sysroot "$machine" --connect "$uri"
expect_status 0

sed -e 's/serial 90-e2-ba-ff-ff-11-22-30/serial mine/; s/serial 90-e2-ba-ff-ff-44-55-60/serial 90-e2-ba-ff-ff-11-22-30/' \
    -e 's/serial mine/serial 90-e2-ba-ff-ff-44-55-60/' "$here/../data/machines/twins.machine" > "$work/swapped.machine"
mkdir "$work/swapped"
"$MAKE_MACHINE" "$work/swapped.machine" "$work/swapped"
lendpci check t1 --sysroot "$work/swapped" --connect "$uri"
expect_status 1
expect_err "t1: 0000:01:00.0: it is a different card now: serial number 90-e2-ba-ff-ff-44-55-60, assigned was 90-e2-ba-ff-ff-11-22-30
hint: PCI addresses move when a card is added or removed: 'lendpci survey' shows where the card is, then assign it again"

# Who wants the twin assigns it.
lendpci assign t1 01:00 --dry-run --sysroot "$work/swapped" --connect "$uri"
expect_status 0
[[ $(grep -c '^+ *<lendpci:device .* serial="90-e2-ba-ff-ff-44-55-60"/>' <<< "$out") == 2 ]] ||
    fail "expected the twin's serial number"

# A policy from before, or of an assign that was not root, has no number, and either card will do.
sed -e 's/ serial="[^"]*"//' "$work/assigned.xml" > "$work/without.xml"
libvirt_with "$work/without.xml"
for host in "$machine" "$work/swapped"; do
    lendpci check t1 --sysroot "$host" --connect "$uri"
    expect_status 0
done
