#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# unassign takes out exactly what assign put in: the definition is as before, byte for byte.
# quick: yes
# deadline: 90
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1
virsh dumpxml --inactive t1 > "$LAB_RUN/guest-before.xml"

lendpci assign t1 01:00.0
virsh dumpxml --inactive t1 > "$LAB_RUN/guest-assigned.xml"
expect_output "ua-lendpci" cat "$LAB_RUN/guest-assigned.xml"

lendpci unassign t1
virsh dumpxml --inactive t1 > "$LAB_RUN/guest-after.xml"
expect_same "$LAB_RUN/guest-before.xml" "$LAB_RUN/guest-after.xml" "the definition"

lendpci assign t1 01:00.0
virsh dumpxml --inactive t1 > "$LAB_RUN/guest-again.xml"
expect_same "$LAB_RUN/guest-assigned.xml" "$LAB_RUN/guest-again.xml" "the second assignment"
