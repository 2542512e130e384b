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
virsh -q list > /dev/null
idle=$(milliseconds virsh -q list)

virsh -q start t1 > "$LAB_RUN/guest-start.log" 2>&1 &
starting=$!
slowest=0
while kill -0 "$starting" 2> /dev/null; do
    took=$(milliseconds timeout 30 virsh -q list)
    if ((took > slowest)); then slowest=$took; fi
done
! wait "$starting" || fail "t1 started though the driver holds the device"
cat "$LAB_RUN/guest-start.log"
echo "virsh list: $idle ms when idle, $slowest ms at most while the driver hung"
((slowest < idle + 1000)) || fail "virsh list took $slowest ms"
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
