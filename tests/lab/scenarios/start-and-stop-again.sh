#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Start and stop, again and again: the host stays exactly as it was, and nothing grows.
# deadline: 300
# long-deadline: 3600
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1
lendpci assign t1 01:00.0
snapshot_sysfs "$LAB_RUN/before"

# Open files of libvirtd and files below /run.
count() {
    find "/proc/$(cat /run/libvirtd.pid)/fd" -type l | wc -l
    find /run -xdev ! -path '/run/udev/*' ! -path '/run/log/*' ! -path '/run/lab/*' | sort
}

rounds=$(rounds 10 100)
for round in $(seq "$rounds"); do
    say "round $round of $rounds"
    start t1
    expect_card_lent
    turn_off t1
    expect_card_home
    if ((round == 1)); then count > "$LAB_RUN/guest-count"; fi # the first one fills caches
done

expect_same_sysfs "$LAB_RUN/before"
count > "$LAB_RUN/guest-count-after"
expect_same "$LAB_RUN/guest-count" "$LAB_RUN/guest-count-after" "what libvirtd has open or /run"
expect_no_loan
