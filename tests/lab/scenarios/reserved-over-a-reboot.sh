#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A reserved card never meets the host's driver at boot, a VM that starts with the host gets it, and afterwards nobody has it.
# deadline: 420
# machine: rebooting
# ends: host
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1
lendpci assign t1 "$GPU2"
virsh -q autostart t1
expect_driver "$GPU2" bochs-drm
refused "the host would be without it at its next boot" lendpci reserve 0000:00:1d.0 # the root disk
lendpci reserve "$GPU2"
expect_driver "$GPU2" bochs-drm
expect_output "it is reserved, and bochs-drm has it" lendpci doctor
lsinitramfs "/boot/initrd.img-$(uname -r)" > "$LAB_RUN/guest-initramfs"
for file in etc/lendpci/reserved usr/lib/lendpci/reserve scripts/init-top/lendpci; do
    grep -qx "$file" "$LAB_RUN/guest-initramfs" || fail "the initramfs has no $file"
done
# Before the script that starts udev in it, which loads drivers.
unmkinitramfs "/boot/initrd.img-$(uname -r)" "$LAB_RUN/guest-unpacked"
order=$(cat "$(find "$LAB_RUN/guest-unpacked" -path '*/scripts/init-top/ORDER')")
[[ $order == *lendpci*udev* ]] || fail "in the initramfs udev comes first: $order"
rm -rf "$LAB_RUN/guest-unpacked"

reboot_host << 'AFTER'
is_up() { systemctl is-active --quiet lendpci-reserve.service && is_running t1; }
wait_for 120 "t1 to start with the host" is_up || exit 1
expect_driver "$GPU2" vfio-pci
expect_driver "$GPU" bochs-drm
! journalctl --boot --dmesg --output=cat | grep "bochs-drm $GPU2" || fail "the host's driver had the card"
turn_off t1
expect_driver "$GPU2" none
[[ $(< "/sys/bus/pci/devices/$GPU2/driver_override") == vfio-pci ]] || fail "it is not reserved any more"
expect_no_loan
expect_output "it is reserved: no host driver gets it at boot" lendpci survey "$GPU2"
expect_output "ok    reserved: 1 reserved function is without a host driver" lendpci doctor
start t1
expect_driver "$GPU2" vfio-pci
turn_off t1
expect_driver "$GPU2" none
expect_no_loan
lendpci unreserve "$GPU2"
! grep -v '^#' /etc/lendpci/reserved || fail "it is reserved still"
AFTER
