#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SeaBIOS makes its window by itself: a Linux guest sees an assigned card of 8 GiB where status --guest says it is.
# deadline: 300
# machine: crowded
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 --linux
lendpci assign t1 "$BIGBAR"
virsh dumpxml --inactive t1 > "$LAB_RUN/guest-t1.assigned"
virt-xml-validate "$LAB_RUN/guest-t1.assigned" domain
! grep -q X-PciMmio64Mb "$LAB_RUN/guest-t1.assigned" || fail "SeaBIOS was told something that it does not know"

start t1
guest_says t1 "guest: up"
expect_output "t1: $BIGBAR: both BARs have their place" lendpci status --guest t1
# "guest: bar 0000:06:00.0 2 0xSTART 0xEND", from the guest kernel's own table.
place=0 end=0
while read -r _ _ _ _ from to; do
    if ((to - from + 1 == 8 << 30)); then place=$from end=$to; fi
done < <(tr -d '\r' < "$LAB_RUN/guest-t1.serial" | grep -a '^guest: bar ')
echo "the guest's kernel has it from $place to $end"
((place >= 4 << 30)) || fail "the guest's kernel has no 8 GiB BAR above 4 GiB"
lendpci status --guest t1 --json | jq -e ".[] | .bars[] | select(.size == 8589934592) | .address == $((place))"
shut_down t1
expect_no_loan
