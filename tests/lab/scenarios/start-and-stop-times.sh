#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How long a VM with a card of two functions takes to start and to stop, beside libvirt alone.
# bench: yes
# deadline: 900
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

rounds=5
define_guest t1 "$GPU" "$AUDIO"
at_end "chmod +x $HOOK"

# milliseconds COMMAND...: how long it took.
milliseconds() {
    local begin=${EPOCHREALTIME/./}
    "$@" > /dev/null || fail "failed: $*"
    echo $(((${EPOCHREALTIME/./} - begin) / 1000))
}
median() { printf '%s\n' "$@" | sort -n | sed -n "$((rounds / 2 + 1))p"; }

# In turn, so that a machine whose speed drifts slows both. libvirt runs no hook that cannot be executed.
declare -A starts stops
for ((i = 0; i <= rounds; i++)); do
    for who in libvirt lendpci; do
        if [[ $who == libvirt ]]; then chmod -x "$HOOK"; else chmod +x "$HOOK"; fi
        start=$(milliseconds virsh -q start t1)
        expect_card_lent
        stop=$(milliseconds virsh -q destroy t1)
        expect_card_home
        udevadm settle
        ((i > 0)) || continue # the first round warms up
        starts[$who]+=" $start" stops[$who]+=" $stop"
    done
done
# shellcheck disable=SC2086 # one word each
for what in start stop; do
    declare -n times="${what}s"
    libvirt=$(median ${times[libvirt]}) lendpci=$(median ${times[lendpci]})
    echo "$what: libvirt alone $libvirt ms, with lendpci $lendpci ms (medians of $rounds): $((lendpci * 100 / libvirt))%"
done
echo "where lendpci's time goes (system journal):"
journalctl --boot --identifier=lendpci-hook --identifier=lendpci --output=cat --no-pager | grep ' ms' | tail -n 4
