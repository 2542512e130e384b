#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two guests race for one card, again and again: one of them gets it, never both, and it always comes home.
# deadline: 200
# long-deadline: 2400
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

race() { # ROUND
    local pids=() winners=() name
    for name in t1 t2; do
        virsh -q start "$name" > "$LAB_RUN/guest-$name.start" 2>&1 &
        pids+=($!)
    done
    for name in t1 t2; do
        if wait "${pids[0]}"; then winners+=("$name"); fi
        pids=("${pids[@]:1}")
    done
    ((${#winners[@]} == 1)) || { cat "$LAB_RUN"/guest-*.start; fail "round $1: started: ${winners[*]:-none}"; }
    grep -q -e "on loan to ${winners[0]}" -e "is at work on it" "$LAB_RUN"/guest-*.start || {
        cat "$LAB_RUN"/guest-*.start
        fail "round $1: the loser was not told why"
    }
    expect_driver "$GPU2" vfio-pci
    turn_off "${winners[0]}"
    expect_driver "$GPU2" bochs-drm
    expect_no_loan
}

define_guest t1 "$GPU2"
define_guest t2 "$GPU2"
snapshot_sysfs "$LAB_RUN/before"
for round in $(seq "$(rounds 3 50)"); do race "$round"; done
expect_same_sysfs "$LAB_RUN/before"
