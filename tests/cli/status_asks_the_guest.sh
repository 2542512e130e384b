#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# status --guest as far as it goes without a QEMU: whom it asks, and what it says when there is nobody to ask.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"

# expect_usage SENTENCE ARGUMENT...
expect_usage() {
    local sentence=$1
    shift
    lendpci status "$@"
    expect_status 2
    expect_out ""
    expect_err "lendpci: $sentence
hint: 'lendpci status --help' shows how"
}
expect_usage "--sysroot: no guest runs on a recorded machine" --guest t1 --sysroot /tmp
expect_usage "--connect: libvirt is asked only with --guest" --connect test:///default

machine lab
"$LENDPCI" inject 01:00.0 --sysroot "$machine" < "$here/../data/domains/q35.xml" > "$work/assigned.xml"
sed -e 's/<name>.*</<name>plain</' -e 's/11111111-/22222222-/' "$here/../data/domains/q35.xml" > "$work/plain.xml"
libvirt_with "$work/assigned.xml" "$work/plain.xml"

lendpci status --guest nobody --connect "$uri"
expect_status 1
expect_err "nobody: libvirt knows no such domain
hint: 'virsh list --all' lists them"

lendpci status --guest t1 --connect "$uri"
expect_status 1
expect_out ""
expect_err "t1: it is not running
hint: 'virsh start t1' starts it; its firmware then assigns the BARs"

# The test driver starts what has no other runstate.
sed -i 's|>5</test:runstate>|>1</test:runstate>|' "$work/node.xml"
lendpci_on "$machine" status --guest t1 --connect "$uri"
expect_status 1
expect_out ""
expect_err "t1: cannot ask QEMU: this function is not supported by the connection driver: virDomainQemuMonitorCommand"

lendpci status --guest plain --connect "$uri"
expect_status 0
expect_out "plain: has no PCI device of this host"
lendpci status --guest plain --json --connect "$uri"
expect_status 0
expect_out "[]"
