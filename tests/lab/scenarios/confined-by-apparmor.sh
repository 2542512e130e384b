#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With libvirtd confined by AppArmor, as Debian ships it, the hook does all its work; what it is denied doctor tells.
# deadline: 300
# machine: crowded
# service: on
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# On a machine on which no other scenario asks doctor: what is denied stays in the journal until the next boot.
profile=/etc/apparmor.d/usr.sbin.libvirtd
[[ -e /sys/kernel/security/apparmor ]] || skip "this kernel has no AppArmor"
modprobe -r vfio-pci # the hook has to load it

at_end "apparmor_parser --remove $profile; systemctl restart libvirtd"
apparmor_parser --replace --skip-cache "$profile"
systemctl restart libvirtd
await_libvirtd
grep -q libvirtd "/proc/$(cat /run/libvirtd.pid)/attr/current" || fail "libvirtd is not confined"
cat "/proc/$(cat /run/libvirtd.pid)/attr/current"

define_guest t1
lendpci assign t1 "$GPU"
start t1
expect_card_lent
turn_off t1
expect_card_home
expect_console_home

say "a user of the device is seen, also one that is confined itself"
hold "/dev/stubborn-$STUBBORN" desktop
define_guest t2 "$STUBBORN"
refused "in use by desktop (pid $(holder desktop)" virsh start t2
let_go desktop
expect_output "kept the hook from anything since boot" lendpci doctor

say "what is denied is told"
local=/etc/apparmor.d/local/usr.sbin.libvirtd
cp "$local" "$LAB_RUN/guest-profile"
at_end "cp '$LAB_RUN/guest-profile' '$local'"
echo "audit deny /run/lendpci/** w," >> "$local"
apparmor_parser --replace --skip-cache "$profile"
refused "/run/lendpci" virsh start t1
refused "hook-denied: the hook was denied something since boot" lendpci doctor
expect_card_home
expect_no_loan
