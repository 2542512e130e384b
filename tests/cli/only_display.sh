#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The host's only display is lent with a warning; with 'display = refuse' nobody lends it: survey, assign, check and the
# hook's check say the same.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$(dirname "$0")/libvirt.sh"
requires jq

kept="it is the host's only display, and 'display = refuse' keeps it for the host"
hint="'display = take' in /etc/lendpci/lendpci.conf lends it: the host has no screen then, and is reached over the network"

machine gtx-1080
lendpci inject --sysroot "$machine" 01:00.0 < "$here/../data/domains/q35.xml"
expect_status 0
echo "$out" > "$work/desktop.xml"
name=$(sed -n 's|.*<name>\(.*\)</name>.*|\1|p' "$work/desktop.xml" | head -n 1)
libvirt_with "$work/desktop.xml"

lendpci survey --json --sysroot "$machine" 01:00.0
expect_json '.[0].assignable and ([.[0].reasons[] | select(.code == "host-display").severity] == ["warning"])'
lendpci check --connect "$uri" --sysroot "$machine" "$name"
expect_status 0

mkdir -p "$machine/etc/lendpci"
echo "display = refuse" > "$machine/etc/lendpci/lendpci.conf"
lendpci survey --json --sysroot "$machine" 01:00.0
expect_json '.[0].assignable == false'
[[ $(jq -r '.[0].reasons[] | select(.code == "host-display") | "\(.severity): \(.text)"' <<< "$out") == "error: $kept" ]] ||
    fail "expected survey to refuse it"
lendpci inject --sysroot "$machine" 01:00.0 < "$here/../data/domains/q35.xml"
expect_status 1
[[ $err == *"$kept"* ]] || fail "expected assign to refuse it"
lendpci check --connect "$uri" --sysroot "$machine" "$name"
expect_status 1
expect_err "$name: 0000:01:00.0: $kept
hint: $hint"
# Its sound alone shows nothing.
lendpci survey --json --sysroot "$machine" 01:00.1
expect_json '[.[0].reasons[].code] | index("host-display") | not'

# A second card, and the screen is not the only one.
machine rtx-4090
mkdir -p "$machine/etc/lendpci"
echo "display = refuse" > "$machine/etc/lendpci/lendpci.conf"
lendpci survey --json --sysroot "$machine" 01:00.0
expect_json '.[0].assignable'
