#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The services that run as root may do little more than they need: systemd's own figure for it stays low. What stays open
# has its reason in helper/data/hardening.conf.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
requires systemd-analyze

units=$(dirname "$LENDPCI")
for unit in lendpci lendpci-turn-off lendpci-vfs; do
    # --threshold counts in tenths.
    systemd-analyze security --offline=yes --no-pager --threshold=30 "$units/$unit.service" > "$work/out" 2>&1 ||
        fail "expected an exposure of at most 3.0: $(tail -n 1 "$work/out")"
    systemd-analyze verify "$units/$unit.service" > "$work/out" 2>&1 || true
    if grep -E "Unknown|Failed to parse|Invalid" "$work/out"; then
        fail "expected $unit.service to have no line that systemd does not know"
    fi
done
