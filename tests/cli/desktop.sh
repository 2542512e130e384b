#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A desktop with a single graphics card, whose compositor outlives the display manager: who has the card, what has to be set
# for its session to end, and what a start would do then.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$(dirname "$0")/libvirt.sh"
requires jq

machine held/compositor
lendpci inject --sysroot "$machine" 01:00.0 < "$here/../data/domains/q35.xml"
expect_status 0
echo "$out" > "$work/desktop.xml"
name=$(sed -n 's|.*<name>\(.*\)</name>.*|\1|p' "$work/desktop.xml" | head -n 1)
libvirt_with "$work/desktop.xml"
mkdir -p "$machine/etc/lendpci"
in_use="0000:01:00.0: in use by kwin_wayland (pid 2101, plasma-kwin_wayland.service): /dev/dri/card1"

lendpci survey --sysroot "$machine" --json 01:00.0
expect_json '.[0].assignable == false and .[0].holders[0].command == "kwin_wayland" and
    ([.[0].reasons[] | select(.code == "in-use").hint][0] | test("stop_sessions = yes"))'

# Nothing is said about sessions: the start is refused, with the way out.
lendpci check --connect "$uri" --sysroot "$machine" "$name"
expect_status 1
expect_err "$name: $in_use
hint: log out before the VM starts, or have the session ended: 'holders = stop' and 'stop_sessions = yes' in /etc/lendpci/lendpci.conf"

# The display manager stops, which does not end the compositor.
echo "holders = stop" > "$machine/etc/lendpci/lendpci.conf"
lendpci check --connect "$uri" --sysroot "$machine" "$name"
expect_status 1
expect_err "$name: $in_use
hint: log out before the VM starts, or have the session ended: 'stop_sessions = yes' in /etc/lendpci/lendpci.conf"
lendpci doctor --sysroot "$machine"
expect_line "warn  sessions: 0000:01:00.0: kwin_wayland (pid 2101, plasma-kwin_wayland.service): /dev/dri/card1, a user's session, which 'holders = stop' leaves alone: a VM that wants it does not start"

echo "stop_sessions = yes" >> "$machine/etc/lendpci/lendpci.conf"
lendpci check --connect "$uri" --sysroot "$machine" "$name"
expect_status 0
grep -qE '^ +[0-9]+\. +all +stop sddm\.service$' <<< "$out" || fail "expected the display manager to stop"
grep -qE '^ +[0-9]+\. +all +have logind end user@1000\.service$' <<< "$out" || fail "expected the session to end"
lendpci check --connect "$uri" --sysroot "$machine" --json "$name"
expect_json '[.steps[].step] | index("units") < index("sessions") and index("sessions") < index("unbind")'
lendpci doctor --sysroot "$machine"
! grep -q sessions <<< "$out" || fail "expected nothing to be said of sessions"

# It is for the host's administrator to say, not for who may edit the VM.
sed -i 's/<lendpci:assignment /<lendpci:assignment holders="stop" /' "$work/desktop.xml"
libvirt_with "$work/desktop.xml"
echo "stop_sessions = yes" > "$machine/etc/lendpci/lendpci.conf"
lendpci check --connect "$uri" --sysroot "$machine" "$name"
expect_status 1
