#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# assign does in spite of: a device that is taken just now, that another domain has too, or a saved state that will be
# refused at the start. Each is a warning on standard error, and the assignment is made.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"

machine sriov
libvirt_with "$here/../data/domains/q35.xml"
lendpci assign t1 03:00.0 --dry-run --sysroot "$machine" --connect "$uri"
expect_status 0
[[ $out == *ua-lendpci-0000-03-00-0* ]] || fail "expected the assignment to be made"
expect_err "t1: warning: 0000:03:00.0: 2 of its virtual functions are switched on, and VFIO takes it only without them
hint: lend a virtual function, or take them away: lendpci vfs 0000:03:00.0 0
t1: warning: 0000:03:00.0: in use by virtual function: 0000:03:00.2 on vfio-pci
hint: end what uses it before the VM starts"

# virt-manager.xml has 01:00.0 by hand; its own assignment is no rival of itself.
machine lab
libvirt_with "$here/../data/domains/q35.xml" "$here/../data/domains/virt-manager.xml"
lendpci assign t1 01:00.0 --dry-run --sysroot "$machine" --connect "$uri"
expect_status 0
expect_err "t1: warning: 0000:01:00.0: it is assigned to win11 too, and only one of the two can run at a time"
lendpci assign win11 01:00.0 --dry-run --sysroot "$machine" --connect "$uri"
expect_status 0
expect_err ""

sed -i "s|<test:runstate |<test:hasmanagedsave xmlns:test='http://libvirt.org/schemas/domain/test/1.0'/>&|" \
    "$work/node.xml"
lendpci assign t1 02:00.0 --dry-run --sysroot "$machine" --connect "$uri"
expect_status 0
expect_err "t1: warning: it has a saved state from before, without its devices: a start is refused until that is dropped
hint: 'virsh managedsave-remove t1' drops it, 'virsh start --force-boot t1' too"
lendpci check win11 --sysroot "$machine" --connect "$uri"
expect_status 1
expect_out ""
expect_err "win11: it has a saved state from before, without its devices: a start is refused until that is dropped
hint: 'virsh managedsave-remove win11' drops it, 'virsh start --force-boot win11' too"
# Without a device a saved state is nobody's business.
lendpci check t1 --sysroot "$machine" --connect "$uri"
expect_status 0
expect_err ""

# The filter has no libvirt, but a host to look at.
machine old-server
lendpci inject 09:00.0 --sysroot "$machine" < "$here/../data/domains/q35.xml"
expect_status 1
expect_out ""
