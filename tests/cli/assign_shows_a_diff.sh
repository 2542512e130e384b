#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# assign --dry-run shows what would change, as a diff that patch(1) can apply, and changes nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"
requires patch virt-xml-validate

machine lab
for name in q35 i440fx virt-manager pxb empty-metadata sleepy; do
    recorded=$here/../data/domains/$name.xml
    domain=$(sed -n 's|^  <name>\(.*\)</name>|\1|p' "$recorded")
    libvirt_with "$recorded"
    definition "$domain" > "$work/before"

    lendpci assign "$domain" 01:00.0 --dry-run --sysroot "$machine" --connect "$uri"
    expect_status 0
    expect_err ""
    cp "$work/out" "$work/assign.diff"
    # The card's audio function comes along.
    grep -q '^+ *<alias name=.ua-lendpci-0000-01-00-1./>' "$work/assign.diff" || fail "expected the audio function"

    patch -s -o "$work/assigned" "$work/before" "$work/assign.diff" || fail "expected a diff that applies"
    virt-xml-validate "$work/assigned" domain > /dev/null || fail "expected XML that fits libvirt's schema"

    # It is the same text that the filter makes.
    "$LENDPCI" inject 01:00.0 --sysroot "$machine" < "$work/before" > "$work/injected"
    cmp "$work/assigned" "$work/injected" || fail "expected inject to agree with assign"

    # Of what came out, unassign takes away exactly that.
    libvirt_with "$work/assigned"
    lendpci unassign "$domain" --dry-run --connect "$uri"
    expect_status 0
    definition "$domain" > "$work/now"
    patch -s -o "$work/after" "$work/now" "$work/out" || fail "expected a diff that applies"
    libvirt_with "$work/after"
    definition "$domain" | cmp - "$work/before" || fail "expected the definition from before, byte for byte"
done

# A password is no part of what is shown, even where it is next to a change.
! grep -q sesame "$work/assign.diff" || fail "expected no password"
