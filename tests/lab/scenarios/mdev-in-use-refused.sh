#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A device of which the host made an mdev is not lent: it would be torn away from whoever uses that part.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

function=/sys/bus/pci/devices/$STUBBORN
part=5bfcd486-1d6f-4b5a-9a3c-0d1f2e3a4b5c
# to_driver NAME: an empty name gives it back.
to_driver() {
    echo "$1" > "$function/driver_override"
    echo "$STUBBORN" > "$function/driver/unbind"
    echo "$STUBBORN" > /sys/bus/pci/drivers_probe
}

modprobe mdev
insmod /lab/mediated.ko
at_end "rmmod mediated"
at_end "to_driver ''; udevadm settle --timeout=20"
to_driver mediated
expect_driver "$STUBBORN" mediated
define_guest t1 "$STUBBORN"
expect_output "can be lent" lendpci survey "$STUBBORN"

echo "$part" > "$function/mdev_supported_types/mediated-part/create"
who="$part of type mediated-part"
expect_output "$who" lendpci survey "$STUBBORN"
refused "$who" lendpci check t1
refused "$who" virsh start t1
[[ -e $function/$part ]] || fail "the mdev is gone"
expect_driver "$STUBBORN" mediated
expect_no_loan

echo 1 > "$function/$part/remove"
start t1
expect_driver "$STUBBORN" vfio-pci
turn_off t1
expect_driver "$STUBBORN" mediated
