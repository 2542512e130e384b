#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --rebar: the policy has it, the guest's window follows it, and what a card cannot have is refused.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"

machine rtx-4090 # its BAR 1 has 32 GiB

# inject OPTION...
inject() {
    status=0
    "$LENDPCI" inject 01:00 --sysroot "$machine" "$@" < "$here/../data/domains/q35.xml" > "$work/out" 2> "$work/err" ||
        status=$?
    out=$(< "$work/out")
    err=$(< "$work/err")
}

inject --rebar max
expect_status 0
expect_line "      <pcihole64 unit='KiB'>67108864</pcihole64>"
inject --rebar 16G
expect_status 0
expect_line "      <pcihole64 unit='KiB'>33554432</pcihole64>"
[[ $(grep -c 'rebar="16G"' <<< "$out") == 1 ]] || fail "expected one function with it"

inject --rebar 64G
expect_status 1
expect_err "0000:01:00.0: its BAR 1 cannot be 64G large, but 64 MiB, 128 MiB, 256 MiB, 512 MiB, 1 GiB, 2 GiB, 4 GiB, 8 GiB, 16 GiB, 32 GiB"
inject --rebar 3G
expect_status 2
expect_err "lendpci: --rebar: '3G' is not a size of a power of two
hint: a size is 256M or 16G; max and keep will do, too"
lendpci inject 01:00.1 --rebar max --sysroot "$machine" < "$here/../data/domains/q35.xml"
expect_status 1
expect_err "--rebar: none of these devices has a BAR that can be resized
hint: 'lendpci survey --verbose' shows the BARs; some cards have it only with 'Resizable BAR' on in the firmware's setup"

# Told when it is assigned.
libvirt_with "$here/../data/domains/q35.xml"
lendpci_on "$machine" assign t1 01:00 --rebar 16G --connect "$uri"
expect_status 0
expect_line "t1: 0000:01:00.0 has its Resizable BAR at 16G while it is on loan"

# Of a driver that chooses the size by itself it is told what that means.
machine arc-a770
lendpci_on "$machine" assign t1 03:00.0 --rebar 256M --connect "$uri"
expect_status 0
expect_line "t1: 0000:03:00.0 has its Resizable BAR at 256M while it is on loan"
[[ $err == *"t1: note: 0000:03:00.0: i915 chooses that size by itself whenever it gets the card, and gets it back with the size that it had chosen
hint: if it does not take the card back, leave the size alone: --rebar keep"* ]] || fail "expected the note"
