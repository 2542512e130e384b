#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With debug = yes the hook tells the system journal each file and decision; of a VM without devices it tells nothing.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# told DOMAIN: what the hook has told of it at the level of debugging.
told() { journalctl --boot --quiet --output=cat --identifier=lendpci --priority=debug..debug "LENDPCI_DOMAIN=$1"; }
has_told() { told "$1" | grep -qx "$2"; }
# expect_told DOMAIN LINE: journald writes when it comes to it.
expect_told() { wait_for 10 "the hook to tell: $2" has_told "$1" "$2" || fail "the hook did not tell: $2"; }

define_guest t1 "$STUBBORN"
define_guest t2

say "without the setting: nothing"
start t1
turn_off t1
[[ -z $(told t1) ]] || fail "the hook tells what nobody asked for"

say "with it: from the call to the end of each operation"
settings 'debug = yes'
start t1
expect_told t1 "t1: prepare: ends with 0"
expect_told t1 "t1: prepare: called by process [0-9]*, XML of [0-9]* bytes, hook of version .*"
expect_told t1 "read /sys/bus/pci/devices/$STUBBORN/vendor: \"0x.*\""
expect_told t1 "replace /run/lendpci/loans/$STUBBORN.json: [0-9]* bytes"
turn_off t1
expect_told t1 "t1: release: ends with 0"

say "a VM without devices stays as cheap as it was"
start t2
turn_off t2
[[ -z $(told t2) ]] || fail "the hook read its settings for a VM that does not concern it"
