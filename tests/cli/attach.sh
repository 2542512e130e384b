#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# attach and detach where there is no guest to give anything: what they refuse. The rest is the lab's.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"

machine lab
libvirt_with "$here/../data/domains/q35.xml"

for verb in attach detach; do
    lendpci "$verb" t1
    expect_status 2

    lendpci_on "$machine" "$verb" t1 01:00.0 --connect "$uri"
    expect_status 1
    expect_out ""
    expect_err "t1: it does not run
hint: 'lendpci assign t1 DEVICE' and 'lendpci unassign' change what it has when it starts"

    lendpci_on "$machine" "$verb" nobody 01:00.0 --connect "$uri"
    expect_status 1
    expect_err "nobody: libvirt knows no such domain
hint: 'virsh list --all' lists them"

    # The test driver's own domain runs, but nowhere.
    lendpci_on "$machine" "$verb" test 01:00.0 --connect test:///default
    expect_status 1
    expect_err "test: no QEMU of this host runs it"

    lendpci_on "$machine" "$verb" t1 01:00.0 --timeout soon
    expect_status 2
    expect_err "lendpci: soon: not a number of seconds up to 3600
hint: 'lendpci $verb --help' shows how"
done
