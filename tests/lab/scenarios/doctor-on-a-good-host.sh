#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doctor finds nothing to fail on an installed host, and names the one thing that was broken on purpose.
# deadline: 120
# service: on
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

hook=/etc/libvirt/hooks/qemu.d/lendpci

expect_output "runs the hook: proven" lendpci doctor
judged=$(lendpci doctor --json) || true
[[ $judged != *'"fail"'* ]] || fail "doctor complains about a host that is ready"

say "a hook that is not executable"
chmod 644 "$hook"
refused "hook: $hook is not executable" lendpci doctor
chmod 755 "$hook"

say "a saved state from before the device"
define_guest t1
start t1
virsh -q managedsave t1
lendpci assign t1 01:00.0
refused "saved-states: t1: has a saved state" lendpci doctor
virsh -q managedsave-remove t1
expect_output "saved-states: no domain with a device" lendpci doctor
