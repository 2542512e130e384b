#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The host does not sleep while a device is lent, by whomever, and may again afterwards: lendpci.service holds logind's lock.
# service: on
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

systemctl --quiet is-active systemd-logind.service || systemctl start systemd-logind.service
is_kept_awake() { systemd-inhibit --list --no-pager | grep -q 'lendpci.*sleep'; }
may_sleep() { ! is_kept_awake; }

may_sleep || fail "the host is kept awake though nothing is lent"
lendpci lend "$GPU2"
wait_for 10 "the host to be kept awake" is_kept_awake
expect_output "keeps the host from sleeping" lendpci doctor
lendpci return "$GPU2"
wait_for 10 "the host to be left to sleep" may_sleep

# What was lent while the service did not run counts as well.
systemctl stop lendpci.service
lendpci lend "$GPU2"
may_sleep || fail "somebody else keeps the host awake"
systemctl start lendpci.service
wait_for 10 "the service to see what is lent" is_kept_awake
lendpci return "$GPU2"
wait_for 10 "the host to be left to sleep" may_sleep
expect_no_loan
