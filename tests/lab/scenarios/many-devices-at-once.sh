#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Eight devices are lent and returned in the time of one, and one that hangs does not keep the others away.
# machine: many
# deadline: 300
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# A driver that needs a second to take a device, and one to let it go.
stubborn probe_ms 1000
stubborn remove_ms 1000

# milliseconds COMMAND...: how long it took.
milliseconds() {
    local begin=${EPOCHREALTIME/./}
    "$@" > /dev/null || fail "failed: $*"
    echo $(((${EPOCHREALTIME/./} - begin) / 1000))
}

detach_all() { for device in "$@"; do virsh -q nodedev-detach "pci_${device//[:.]/_}" || return; done; }
reattach_all() { for device in "$@"; do virsh -q nodedev-reattach "pci_${device//[:.]/_}" || return; done; }

lend_and_return() { # DEVICE...: sets lent and returned, in ms
    lent=$(milliseconds lendpci lend "$@")
    for device in "$@"; do expect_driver "$device" vfio-pci; done
    returned=$(milliseconds lendpci return "$@")
    for device in "$@"; do
        expect_driver "$device" stubborn
        expect_no_override "$device"
    done
}

lend_and_return "${MANY[0]}" # loads and warms up
echo "devices  lend ms  return ms  ratio lend  ratio return  libvirt detach ms  reattach ms"
for count in 1 4 8; do
    devices=("${MANY[@]:0:count}")
    # The best of some rounds: the other suite's machine shares the processor.
    best_lent=999999 best_returned=999999
    for ((round = 0; round < 3; round++)); do
        lend_and_return "${devices[@]}"
        if ((lent < best_lent)); then best_lent=$lent; fi
        if ((returned < best_returned)); then best_returned=$returned; fi
    done
    plain_lent=- plain_returned=-
    if ((count < 8)); then # a second each, one after the other: four tell enough
        plain_lent=$(milliseconds detach_all "${devices[@]}")
        plain_returned=$(milliseconds reattach_all "${devices[@]}")
    fi
    if ((count == 1)); then one_lent=$best_lent one_returned=$best_returned; fi
    echo "$count  $best_lent  $best_returned  $((best_lent * 100 / one_lent))%  $((best_returned * 100 / one_returned))%  $plain_lent  $plain_returned"
    # Alone on its processor it is 125% at most (tests/bench/start-and-stop); one after the other would be 400% and 800%.
    ((best_lent * 100 <= one_lent * 160)) || slow="lending $count devices took $best_lent ms, one takes $one_lent ms"
    ((best_returned * 100 <= one_returned * 160)) || slow="returning $count devices took $best_returned ms, one takes $one_returned ms"
done
[[ -z ${slow:-} ]] || fail "$slow"

# One of four hangs in remove(): the other three come home, and it is told.
settings "holders = ignore" "unbind_deadline = 5s"
hold "/dev/stubborn-${MANY[1]}" desktop
refused "${MANY[1]}: unbind from stubborn did not end within 5 s" lendpci lend "${MANY[@]:0:4}"
expect_loan "${MANY[1]}" stuck
for device in "${MANY[0]}" "${MANY[2]}" "${MANY[3]}"; do
    expect_driver "$device" stubborn
    [[ -z $(loan_state "$device") ]] || fail "$device has a loan"
done
let_go desktop
comes_home() { lendpci reconcile && [[ -z $(loan_state "${MANY[1]}") ]]; }
wait_for 30 "reconcile to bring it home" comes_home
expect_driver "${MANY[1]}" stubborn
