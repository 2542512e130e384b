#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A QEMU without libvirt gets a card by 'lendpci run' and gives it back when it ends, also when the one that lent it was killed.
# deadline: 150
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

uuid=22222222-3333-4444-5555-666666666666
node=/dev/vfio/$(basename "$(readlink "/sys/bus/pci/devices/$GPU2/iommu_group")")
qemu_of() { pgrep -f -- "qemu-system-x86_64 .*$uuid" | grep -vx "$1" | head -n 1; }
is_held() { [[ -n $(qemu_of "$1") && -n $(find "/proc/$(qemu_of "$1")/fd" -lname "$node" 2> /dev/null) ]]; }
run_qemu() {
    lendpci run --device "$GPU2" -- qemu-system-x86_64 -nodefaults -display none -machine q35 -m 64 -S -uuid $uuid &
    run=$!
    at_end "kill -KILL $run 2> /dev/null || true"
    wait_for 60 "QEMU to open $node" is_held "$run" || exit 1
}

run_qemu
expect_driver "$GPU2" vfio-pci
expect_loan "$GPU2" lent
lendpci reconcile
expect_driver "$GPU2" vfio-pci
refused "$GPU2" lendpci run --device "$GPU2" -- true
kill -TERM "$run"
wait "$run" || fail "QEMU's status after a request to end: $?"
expect_driver "$GPU2" bochs-drm
expect_no_loan

# Nobody passes on that QEMU has ended: reconcile, which the service runs, finds out by itself.
run_qemu
qemu=$(qemu_of "$run")
kill -KILL "$run"
wait "$run" || true
lendpci reconcile
expect_driver "$GPU2" vfio-pci
kill "$qemu"
wait_for 20 "QEMU to end" test ! -e "/proc/$qemu" || exit 1
lendpci reconcile
expect_driver "$GPU2" bochs-drm
expect_no_loan

# What cannot be run leaves the card where it was.
refused "cannot be run" lendpci run --device "$GPU2" -- /no/such/qemu
expect_driver "$GPU2" bochs-drm
expect_no_loan
