#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The hook is killed before and after each record of its journal: reconcile finds the way home.
# deadline: 240
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU" "$AUDIO"
virsh dumpxml t1 > "$LAB_RUN/guest-t1.live"
snapshot_sysfs "$LAB_RUN/before"

# Its parent, the libvirtd of the story, is dead afterwards.
hook() { bash -c '"$0" t1 "$1" begin - < "$2"; exit $?' "$HOOK" "$1" "$LAB_RUN/guest-t1.live"; }

for operation in prepare release; do
    moment=0
    while true; do
        moment=$((moment + 1))
        say "$operation, moment $moment"
        [[ $operation == prepare ]] || hook prepare
        kill_hook_at "$operation" "$moment"
        rc=0
        hook "$operation" || rc=$?
        heal_hook
        ((rc == 0 || rc == 128 + 9)) || fail "$operation ended with $rc, neither well nor killed"
        lendpci reconcile
        expect_card_home
        expect_no_loan
        ((rc)) || break
    done
    ((moment > 4)) || fail "$operation wrote only $((moment - 1)) times"
done
expect_same_sysfs "$LAB_RUN/before"
leftovers=$(find /run/lendpci/loans -type f)
[[ -z $leftovers ]] || fail "left behind: $leftovers"
