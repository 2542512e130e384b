#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The host's last screens are lent at once: their text consoles let go first, and are drawn again when a screen is home.
# deadline: 150
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# fbcon has no directory while there is no framebuffer.
fbcon_is_bound() {
    local console
    for console in /sys/class/vtconsole/*; do
        if [[ $(< "$console/name") == *"frame buffer"* && $(< "$console/bind") == 1 ]]; then return 0; fi
    done
    return 1
}

# Beside a screen that stays they are left to the kernel.
output=$(lendpci lend 02:00.0)
[[ $output != *"text consoles"* ]] || fail "the other screens lost their consoles: $output"
lendpci return 02:00.0

at_end "echo $SHARED_GPU > /sys/bus/pci/drivers/bochs-drm/bind"
echo "$SHARED_GPU" > /sys/bus/pci/drivers/bochs-drm/unbind
expect_output "$GPU: took the text consoles off its screen" lendpci lend 01:00 02:00.0
expect_card_lent
expect_driver "$GPU2" vfio-pci
! fbcon_is_bound || fail "fbcon still draws"

# In this order, so that the first card's framebuffer is fb0 again.
lendpci return 01:00
expect_card_home
fbcon_is_bound || fail "the console did not come back with the first screen"
lendpci return 02:00.0
expect_driver "$GPU2" bochs-drm
expect_console_home
expect_no_loan
