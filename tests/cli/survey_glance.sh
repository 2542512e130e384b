#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey at a glance: a line for each device, graphics cards first, in a table that fits every screen; the whole block for
# the device that is asked for.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
requires jq

machine rtx-4090
lendpci survey --sysroot "$machine"
expect_status 0
expect_err ""
[[ ${out%%$'\n'*} == "DEVICE        VERDICT  "*"GROUP  DRIVER  "*"NAME" ]] || fail "expected a head"
[[ $out == *"'lendpci survey DEVICE' tells why"* ]] || fail "expected to be told how to learn more"
glance=$out
# Graphics cards before all others, though one of them has the last address; then NVMe drives.
[[ $(grep -oE '^0000:[0-9a-f:.]+' <<< "$out" | head -n 2 | xargs) == "0000:01:00.0 0000:10:00.0" ]] || fail "expected the graphics cards first"
lendpci survey --gpu --sysroot "$machine"
[[ $(grep -cE '^0000:' <<< "$out") == 2 ]] || fail "expected the graphics cards alone"
lendpci survey --gpu --json --sysroot "$machine"
expect_json 'length == 2'
# What everybody sees is in JSON, and bridges where they are asked for.
lendpci survey --json --sysroot "$machine"
[[ $(jq -r '.[].address' <<< "$out") == "$(grep -oE '^0000:[0-9a-f:.]+' <<< "$glance" | sort)" ]] || fail "expected the same devices"
count=$(jq length <<< "$out")
lendpci survey --all --json --sysroot "$machine"
expect_json "length > $count and (map(.reasons[].code) | index(\"bridge\") != null)"

# The word is the verdict's; a refusal comes with its code.
machine held/zfs
for verbose in "" --verbose; do
    # shellcheck disable=SC2086 # none or one word
    lendpci survey $verbose --sysroot "$machine"
    expect_status 0
    cp "$work/out" "$work/glance$verbose"
done
grep -qE '^[0-9a-f:.]+  not now \(in-use\) ' "$work/glance" || fail "expected the disk that is in use"
grep -q '^  verdict     cannot be lent now' "$work/glance--verbose" || fail "expected whole blocks with --verbose"

# A device that is named is told whole.
machine gtx-1080
lendpci survey 01:00.0 --sysroot "$machine"
expect_line "  verdict     can be lent, with 1 warning"
lendpci survey --sysroot "$machine"
grep -qE '^0000:01:00.0  warning +2  nvidia ' <<< "$out" || fail "expected the card in a line"

for wrong in --all --gpu; do
    lendpci survey $wrong 01:00.0 --sysroot "$machine"
    expect_status 2
    expect_err "lendpci: $wrong: it stands instead of a DEVICE, not beside one
hint: 'lendpci survey --help' shows how"
done

# Eight cards on one screen, whatever else there is; and on every host a table within the width, columns in line.
machine h100-x8
COLUMNS=80 lendpci survey --sysroot "$machine"
[[ $(head -n 23 <<< "$out" | grep -c 'H100') == 8 ]] || [[ $(head -n 23 <<< "$out" | grep -c '^0000:') -ge 8 ]] || fail "expected eight cards"
for description in "$here"/../data/machines/*.machine; do
    name=$(basename "$description" .machine)
    rm -rf "${work:?}/$name"
    machine "$name"
    for columns in 60 200; do
        COLUMNS=$columns lendpci survey --sysroot "$machine"
        expect_status 0
        awk -v most=$columns 'length > most { exit 1 }' <<< "$out" || fail "$name: a line is wider than $columns columns"
        awk '/^DEVICE/ { at = index($0, "NAME") } /^[0-9a-f]/ && substr($0, at - 2, 2) != "  " { exit 1 }' <<< "$out" ||
            fail "$name: names are not in line at $columns columns"
        COLUMNS=$columns lendpci survey --tree --sysroot "$machine"
        awk -v most=$columns 'length > most { exit 1 }' <<< "$out" || fail "$name: the tree is wider than $columns columns"
    done
done

# The tree has the verdicts, and what is cut says so.
machine=$work/gtx-1080
lendpci survey --tree --sysroot "$machine"
grep -qE '^    0000:01:00.0  group 2   warning: .' <<< "$out" || fail "expected the verdict in the tree"
COLUMNS=60 lendpci survey --tree --sysroot "$machine"
grep -q '\.\.\.$' <<< "$out" || fail "expected an ellipsis"

# For a bug report: one file, for its owner only, without serial numbers, and a host all the same.
machine=$work/twins
lendpci survey --json --sysroot "$machine"
expect_json 'map(.serial) | map(select(. != null)) | length > 0'
without=$(jq 'map(.serial = null)' <<< "$out")
for name in report.tar report.tar.gz report.tgz; do
    lendpci survey --record "$work/$name" --sysroot "$machine"
    expect_status 0
    expect_err ""
    [[ $out == "$work/$name: "*"serial numbers are left out" ]] || fail "expected to be told what is in it"
    [[ $(stat -c %a "$work/$name") == 600 ]] || fail "expected a file for its owner"
    mkdir "$work/unpacked"
    tar -xf "$work/$name" -C "$work/unpacked"
    lendpci survey --json --sysroot "$work/unpacked/host"
    [[ $(jq . <<< "$out") == "$without" ]] || fail "expected the same host without serial numbers"
    ! grep -rqUP '\x90\xe2\xba\xff\xff\x44\x55\x60|\x60\x55\x44\xff\xff\xba\xe2\x90' "$work/unpacked" || fail "expected no serial number"
    rm -r "$work/unpacked"
done
lendpci survey --record "$work/report.tar" --sysroot "$machine"
expect_status 1
expect_err "$work/report.tar: cannot make it: File exists"
ln -s "$work/elsewhere" "$work/link.tar"
lendpci survey --record "$work/link.tar" --sysroot "$machine"
expect_status 1
[[ ! -e $work/elsewhere ]] || fail "expected nothing to be written through a link"
[[ -z $(find /tmp -maxdepth 1 -name 'lendpci-??????' -user "$EUID" -newer "$work/report.tar") ]] || fail "expected nothing to be left in /tmp"
