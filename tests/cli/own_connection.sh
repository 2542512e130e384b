#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who came in by ssh is told when the card that they take is the one that carries their connection.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"

machine lab
libvirt_with "$here/../data/domains/q35.xml"
# The loopback interface as if it were that card's: the one address that any host has.
mkdir -p "$machine/sys/class/net/lo"
ln -s ../../../bus/pci/devices/0000:02:00.0 "$machine/sys/class/net/lo/device"

export SSH_CONNECTION="192.0.2.1 50022 127.0.0.1 22"
lendpci_on "$machine" lend 02:00.0 --dry-run
expect_status 1
expect_err "0000:02:00.0: the ssh connection that this command came in on goes through it
hint: do it from the host's console, or over another network card"

lendpci_on "$machine" assign t1 02:00.0 --connect "$uri"
expect_status 0
[[ $err == *"t1: warning: 0000:02:00.0: the ssh connection that this command came in on goes through it
hint: have another way into the host, or its console, at hand"* ]] || fail "expected a warning"

lendpci_on "$machine" assign t1 01:00.0 --connect "$uri"
expect_status 0
[[ $err != *"ssh connection"* ]] || fail "expected no warning of another card"
