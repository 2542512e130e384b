#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same on a host whose libvirt-guests would suspend VMs: those with cards are off and home before its turn comes.
# deadline: 240
# service: on
# ends: host
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

systemctl --quiet unmask libvirt-guests.service
echo ON_SHUTDOWN=suspend > /etc/default/libvirt-guests
systemctl --quiet enable libvirt-guests.service
systemctl start libvirt-guests.service
expect_output "lendpci-turn-off acts first, then libvirt-guests with what is left (ON_SHUTDOWN=suspend)" lendpci doctor

define_guest t1 --linux
define_guest t2 # firmware only: it ignores the power button
define_guest t3 # without a device: libvirt-guests' business
lendpci assign t1 01:00.0
lendpci assign t2 02:00.0
start t1
start t2
start t3
guest_says t1 "guest: up"

settings "shutdown_deadline = 25s"
power_off_host << 'JUDGE'
expect_turned_off
journalctl --boot --unit libvirt-guests.service --unit lendpci-turn-off.service --output=cat > "$LAB_RUN/turned-off"
cat "$LAB_RUN/turned-off"
grep -q "Suspending t3" "$LAB_RUN/turned-off" || fail "libvirt-guests did not act"
! grep -q "Suspending t[12]" "$LAB_RUN/turned-off" || fail "libvirt-guests tried to suspend a VM with a card"
ls /var/lib/libvirt/qemu/save
[[ $(ls /var/lib/libvirt/qemu/save) == t3.save ]] || fail "not t3 alone was saved"
JUDGE
