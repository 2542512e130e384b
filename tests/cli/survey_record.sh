#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey --record DIR, replayed by --sysroot DIR, says of every machine what the machine itself says; so does the
# recording of a recording, and this very host.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# record FROM TO; replay DIRECTORY FILE
record() {
    lendpci survey --record "$2" --sysroot "$1"
    expect_status 0
    expect_err ""
    expect_out ""
}
replay() {
    lendpci survey --json --sysroot "$1"
    expect_status 0
    cp "$work/out" "$2"
}

for description in "$here"/../data/machines/*.machine; do
    machine "$(basename "$description" .machine)"
    record "$machine" "$work/first"
    record "$work/first" "$work/second"
    for copy in first second; do
        replay "$machine" "$work/expected"
        replay "$work/$copy" "$work/found"
        cmp "$work/expected" "$work/found" || fail "expected $copy to be as $machine"
    done
    rm -r "$work/first" "$work/second"
done

# What is there already is nobody's to overwrite.
mkdir "$work/full"
touch "$work/full/precious"
lendpci survey --record "$work/full" --sysroot "$machine"
expect_status 1
expect_err "$work/full: it is not empty"
lendpci survey --record "$work/new" --sysroot "$machine" 01:00.0
expect_status 2
lendpci survey --record "$work/no/such" --sysroot "$machine"
expect_status 1

# The host that the test runs on, whatever it is: holders and what its rights let nobody see aside.
lendpci survey --record "$work/host"
expect_status 0
lendpci survey --tree
cp "$work/out" "$work/expected"
lendpci survey --tree --sysroot "$work/host"
cmp "$work/expected" "$work/out" || fail "expected the host's own tree"
