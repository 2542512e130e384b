#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# turn-off on libvirt's test driver, whose guests obey the power button at once. Guests that do not are for the lab.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"

machine lab
"$LENDPCI" inject 01:00.0 --sysroot "$machine" < "$here/../data/domains/q35.xml" > "$work/assigned.xml"
sed -e 's/<name>.*</<name>plain</' -e 's/11111111-/22222222-/' "$here/../data/domains/q35.xml" > "$work/plain.xml"

# The test driver starts what has no runstate.
libvirt_with "$work/assigned.xml" "$work/plain.xml"
sed -i 's|>5</test:runstate>|>1</test:runstate>|' "$work/node.xml"

lendpci_on "$machine" turn-off --all --connect "$uri"
expect_status 0
expect_err ""
expect_out "t1: is shutting down
t1: is off; its devices are home"

lendpci_on "$machine" turn-off t1 plain 11111111-2222-3333-4444-555555555555 --timeout 5 --connect "$uri"
expect_status 0
expect_out "t1: is shutting down
plain: is shutting down
t1: is off; its devices are home
plain: is off; its devices are home"

libvirt_with "$work/assigned.xml"
lendpci_on "$machine" turn-off t1 --connect "$uri"
expect_status 0
expect_out "t1: is off; its devices are home"
lendpci_on "$machine" turn-off --all --connect "$uri"
expect_status 0
expect_out "no running domain has a device of this host"

lendpci_on "$machine" turn-off nobody --connect "$uri"
expect_status 1
expect_err "nobody: libvirt knows no such domain
hint: 'virsh list --all' lists them"

# expect_usage SENTENCE ARGUMENT...
expect_usage() {
    local sentence=$1
    shift
    lendpci turn-off "$@"
    expect_status 2
    expect_err "lendpci: $sentence
hint: 'lendpci turn-off --help' shows how"
}
expect_usage "turn-off: DOMAIN or --all is missing"
expect_usage "--all: it stands instead of domains, not beside them" --all t1
expect_usage "soon: not a number of seconds up to 3600" t1 --timeout soon
