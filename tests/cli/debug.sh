#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --debug and LENDPCI_DEBUG=1 tell on standard error what a command reads and decides; its output stays as it is.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

machine lab
lendpci survey --json --sysroot "$machine"
expect_status 0
expect_err ""
plain=$out

expect_told() { grep -qE -- "^debug: [0-9]+\.[0-9]{3} $1\$" <<< "$err" || fail "expected to be told: $1"; }

lendpci survey --json --sysroot "$machine" --debug
expect_status 0
expect_out "$plain"
expect_told "survey: host $machine, libvirt by its own default"
expect_told 'read /sys/bus/pci/devices/0000:01:00\.0/vendor: "0x1234"'
expect_told 'link /sys/bus/pci/devices/0000:01:00\.0/driver: .*/bochs-drm'
expect_told 'list /sys/kernel/iommu_groups: [0-9]+ names'
# Also what nobody wants to know, since absence is fine: often it is the reason.
expect_told 'failed \(-2\): /sys/bus/pci/devices/0000:00:00\.0/driver: No such file or directory'
expect_told 'survey: ends with 0'
if grep -qv '^debug: ' <<< "$err"; then
    fail "expected nothing but debugging lines on standard error"
fi

for wish in 1 yes; do
    LENDPCI_DEBUG=$wish lendpci survey --json --sysroot "$machine"
    expect_out "$plain"
    expect_told 'survey: ends with 0'
done
for wish in 0 ""; do
    LENDPCI_DEBUG=$wish lendpci survey --json --sysroot "$machine"
    expect_out "$plain"
    expect_err ""
done

# Every verb takes it, wherever it stands; what is wrong with a command line comes before anything is done.
verbs=$("$LENDPCI" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')
for verb in $verbs; do
    lendpci --debug "$verb" --nonsense
    expect_status 2
    [[ $err == "lendpci: --nonsense: "* ]] || fail "expected $verb to complain of --nonsense, not of --debug"
done
lendpci survey 0f:00.0 --debug --sysroot "$machine"
expect_status 1
[[ $(grep -v '^debug: ' <<< "$err" | head -n 1) == "0000:0f:00.0: "* ]] || fail "expected the sentence as without it"

# The settings that count, with the line that each comes from.
mkdir -p "$machine/etc/lendpci"
echo "unbind_deadline = 5s" > "$machine/etc/lendpci/lendpci.conf"
lendpci status --sysroot "$machine" --debug
expect_told '/etc/lendpci/lendpci\.conf:1: unbind_deadline = 5s'

# The hook by hand; libvirt's environment never has the word, and lendpci.conf's debug sends it to the system journal.
if [[ $EUID == 0 ]]; then
    status=0
    LENDPCI_DEBUG=1 "$HOOK" vm prepare begin - < "$here/../data/domains/q35.xml" > "$work/out" 2> "$work/err" || status=$?
    out=$(< "$work/out") err=$(< "$work/err")
    expect_status 0
    expect_out ""
    grep -qx 'debug: vm: prepare: nothing in its XML is ours' <<< "$err" || fail "expected to be told why it does nothing"
fi
