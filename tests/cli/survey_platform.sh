#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey knows what a host cannot do without, and that NVSwitch is no bridge though its class says so.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
requires jq

machine nvswitch
for part in 00:00.0 00:1f.4; do
    lendpci survey --sysroot "$machine" --json "$part"
    expect_status 0
    expect_json '.[0].assignable == false and (.[0].reasons | map(.code) | index("platform") != null)'
    lendpci inject --sysroot "$machine" "$part" < "$here/../data/domains/q35.xml"
    expect_status 1
    [[ $err == *"a part of the platform"* ]] || fail "expected a refusal of $part"
done

lendpci survey --sysroot "$machine" --json 05:00.0
expect_json '.[0].assignable and ([.[0].reasons[].code] | index("bridge") | not)'
lendpci inject --sysroot "$machine" 05:00.0 < "$here/../data/domains/q35.xml"
expect_status 0
