#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A driver that does not let go: the hook gives up in time, libvirt answers all the while, reconcile ends the story.
# deadline: 180
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# milliseconds COMMAND...: how long it took.
milliseconds() {
    local start=${EPOCHREALTIME/./}
    "$@" > /dev/null
    echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

settings "holders = ignore" "unbind_deadline = 5s"
define_guest t1 "$STUBBORN"
hold "/dev/stubborn-$STUBBORN" desktop
define_guest t2
idle=$(milliseconds virsh -q domstate t2)
idle=$(milliseconds virsh -q domstate t2) # the first one warms up

virsh -q start t1 > "$LAB_RUN/guest-start.log" 2>&1 &
starting=$!
wait_for 30 "the hook to be at work" test -e "$(loan_file "$STUBBORN")"
# Only what asks about t1 itself waits: libvirt keeps a domain locked while it runs a hook for it, so that even
# "virsh list", which asks about all of them, waits for the deadline. Everybody else's calls go on.
milliseconds timeout 60 virsh -q list > "$LAB_RUN/guest-list.ms" &
listing=$!
slowest=0
while kill -0 "$starting" 2> /dev/null; do
    took=$(milliseconds timeout 30 virsh -q domstate t2)
    if ((took > slowest)); then slowest=$took; fi
done
! wait "$starting" || fail "t1 started though the driver holds the device"
cat "$LAB_RUN/guest-start.log"
wait "$listing"
listed=$(< "$LAB_RUN/guest-list.ms")
after=$(milliseconds virsh -q list)
echo "virsh domstate t2: $idle ms when idle, at most $slowest ms while t1's driver hung; virsh list: $listed ms, afterwards $after ms"
((slowest < idle + 3000)) || fail "virsh domstate t2 took $slowest ms while t1's driver hung"
((listed < 5000 + 5000)) || fail "virsh list took $listed ms, with a deadline of 5 s"
((after < idle + 3000)) || fail "virsh list took $after ms after the hook gave up"
expect_output "unbind from stubborn did not end within 5 s" cat "$LAB_RUN/guest-start.log"

expect_loan "$STUBBORN" stuck
refused "does not let go" virsh start t1
lendpci reconcile
expect_loan "$STUBBORN" stuck

let_go desktop
comes_home() { lendpci reconcile && [[ -z $(loan_state "$STUBBORN") ]]; }
wait_for 30 "reconcile to bring it home" comes_home
expect_driver "$STUBBORN" stubborn
expect_no_override "$STUBBORN"

start t1
expect_driver "$STUBBORN" vfio-pci
turn_off t1
expect_driver "$STUBBORN" stubborn
