#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Start and stop, again and again: the host stays exactly as it was, and nothing grows.
# deadline: 240
# long-deadline: 3600
# service: on
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1
lendpci assign t1 01:00.0
snapshot_sysfs "$LAB_RUN/before"

# Open files of libvirtd and of the service, and files below /run.
count() {
    find "/proc/$(cat /run/libvirtd.pid)/fd" -type l | wc -l
    find "/proc/$(service_pid)/fd" -type l | wc -l
    find /run -xdev ! -path '/run/udev/*' ! -path '/run/log/*' ! -path '/run/lab/*' | sort
}

service_pid() { systemctl show --property MainPID --value lendpci.service; }
memory_of() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; } # KiB

rounds=$(rounds 10 100)
for round in $(seq "$rounds"); do
    say "round $round of $rounds"
    start t1
    expect_card_lent
    turn_off t1
    expect_card_home
    if ((round == 3)); then # the first ones fill caches
        count > "$LAB_RUN/guest-count"
        pid=$(service_pid) memory=$(memory_of "$(service_pid)") libvirtd=$(memory_of "$(cat /run/libvirtd.pid)")
    fi
done

expect_same_sysfs "$LAB_RUN/before"
count > "$LAB_RUN/guest-count-after"
expect_same "$LAB_RUN/guest-count" "$LAB_RUN/guest-count-after" "what libvirtd or the service has open, or /run"
echo "the service: $memory KiB after three rounds, $(memory_of "$pid") KiB after $rounds;" \
    "libvirtd: $libvirtd KiB, $(memory_of "$(cat /run/libvirtd.pid)") KiB"
[[ $(service_pid) == "$pid" ]] || fail "the service was restarted"
# A page or two may come in late; a leak comes with every round.
(($(memory_of "$pid") < memory + 8 * rounds + 64)) || fail "the service grew from $memory to $(memory_of "$pid") KiB"
expect_no_loan
