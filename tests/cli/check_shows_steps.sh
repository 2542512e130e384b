#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check lists what a start would do, in order, with what each step finds now and would set, and changes nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$(dirname "$0")/libvirt.sh"
requires jq

machine lab
echo auto > "$machine/sys/bus/pci/devices/0000:01:00.0/power/control"
cp "$here/../data/domains/q35.xml" "$work/plain.xml"
lendpci inject --sysroot "$machine" 01:00.0 < "$work/plain.xml"
expect_status 0
echo "$out" > "$work/lent.xml"
libvirt_with "$work/lent.xml"
name=$(sed -n 's|.*<name>\(.*\)</name>.*|\1|p' "$work/lent.xml" | head -n 1)
before=$(find "$machine" -type f | sort | xargs -d '\n' md5sum)

lendpci check --connect "$uri" --sysroot "$machine" "$name"
expect_status 0
grep -qE '^ +[0-9]+\. 0000:01:00\.0  keep it awake \(power/control auto -> on' <<< "$out" || fail "expected the power step"
grep -qE '^ +[0-9]+\. 0000:01:00\.0  take it from bochs-drm$' <<< "$out" || fail "expected the unbind step"
grep -qE '^ +[0-9]+\. 0000:01:00\.1  hand it to vfio-pci$' <<< "$out" || fail "expected the probe step"

lendpci check --connect "$uri" --sysroot "$machine" --json "$name"
expect_status 0
expect_json '.ready and ([.steps[] | select(.function == "0000:01:00.0") | .step] | index("power") < index("unbind") and
    index("unbind") < index("probe"))'
expect_json '[.steps[] | select(.step == "unbind" and .function == "0000:01:00.1")][0].state.before.driver == "snd_hda_intel"'
[[ $(find "$machine" -type f | sort | xargs -d '\n' md5sum) == "$before" ]] || fail "check changed something"
