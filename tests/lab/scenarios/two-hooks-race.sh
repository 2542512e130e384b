#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same race without QEMU's slow start: two hooks are called at once, again and again.
# deadline: 200
# long-deadline: 900
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# The scenario's own shell is the hooks' parent, the libvirtd of the story: it has to outlive them.
hook() { exec "$HOOK" "$1" "$2" begin - < "$LAB_RUN/guest-$1.live" > "$LAB_RUN/guest-$1.log" 2>&1; }

define_guest t1 "$GPU" "$AUDIO"
define_guest t2 "$GPU" "$AUDIO"
for name in t1 t2; do virsh dumpxml "$name" > "$LAB_RUN/guest-$name.live"; done
snapshot_sysfs "$LAB_RUN/before"

for round in $(seq "$(rounds 10 50)"); do
    winners=""
    hook t1 prepare &
    first=$!
    hook t2 prepare &
    second=$!
    if wait "$first"; then winners+=t1; fi
    if wait "$second"; then winners+=t2; fi
    [[ $winners == t[12] ]] || { cat "$LAB_RUN"/guest-*.log; fail "round $round: lent to ${winners:-none}"; }
    expect_card_lent
    # What libvirt does: the loser's release comes while the winner starts.
    hook t1 release &
    first=$!
    hook t2 release &
    wait "$first"
    wait $!
    expect_card_home
done
expect_no_loan
expect_same_sysfs "$LAB_RUN/before"
