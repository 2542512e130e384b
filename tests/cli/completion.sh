#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a tab completes: commands, options, domains and devices, in bash by its own function, and in zsh and fish where they are.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

completion=$here/../../helper/data/completion
mkdir "$work/bin"
ln -s "$LENDPCI" "$work/bin/lendpci"
PATH=$work/bin:$PATH
machine gtx-1080
root=$machine
mkdir -p "$root/etc/libvirt/qemu"
touch "$root/etc/libvirt/qemu/win11.xml" "$root/etc/libvirt/qemu/win10.xml" "$root/etc/libvirt/qemu/debian.xml"

# completes LINE WORD...: what a tab at the end of LINE offers.
completes() {
    local line=$1
    shift
    # A shell of its own, as a user's: without this test's "set -eu".
    out=$(bash -c '
        unset -f lendpci
        . "$1"
        COMP_LINE=$2 COMP_POINT=${#2}
        _lendpci
        printf "%s\n" "${COMPREPLY[@]}"' - "$completion/lendpci.bash" "$line" | sort | tr '\n' ' ')
    [[ "${out% }" == "$(printf '%s\n' "$@" | sort | tr '\n' ' ' | sed 's/ $//')" ]] ||
        fail "'$line': expected '$*', got '$out'"
}

completes "lendpci as" assign
completes "lendpci un" unassign unreserve
completes "lendpci help unr" unreserve
completes "lendpci assign --dr" --dry-run
completes "lendpci assign --mmio" --mmio-high --mmio-low
completes "lendpci unassign --mmio" ""
completes "lendpci check --sysroot $root win" win10 win11
completes "lendpci assign --sysroot $root deb" debian
completes "lendpci assign --sysroot $root win11 --rom-bar " off on
completes "lendpci status --sysroot $root --guest d" debian
# Every line of survey --all that is no bridge; readline has kept what stands before the last colon.
devices=$("$LENDPCI" survey --sysroot "$root" --json | sed -n 's/^    "address": "\(.*\)",$/\1/p')
[[ $(wc -w <<< "$devices") -ge 2 ]] || fail "expected devices"
# shellcheck disable=SC2086 # one word each
completes "lendpci assign --sysroot $root win11 " $devices
completes "lendpci assign --sysroot $root win11 0000:01:00." 00.0 00.1
completes "lendpci assign --sysroot $root win11 0000:01:00.0 0000:01:00.1" 00.1
completes "lendpci survey --sysroot $root 0000:01:00.1" 00.1
completes "lendpci doctor " ""
completes "lendpci nonsense " ""
touch "$work/card.rom"
completes "lendpci rom --sysroot $root 0000:01:00.0 $work/car" "$work/card.rom"

# The other two read the same help; what they make of it is theirs.
if command -v zsh > /dev/null; then
    zsh -n "$completion/_lendpci" || fail "zsh cannot read its completion"
fi
if command -v fish > /dev/null; then
    out=$(HOME=$work fish --no-config -c "source $completion/lendpci.fish; complete -C 'lendpci as'" 2>&1)
    [[ $out == assign$'\t'* ]] || fail "fish: expected assign, got: $out"
    out=$(HOME=$work fish --no-config -c "source $completion/lendpci.fish; complete -C 'lendpci assign --dry'" 2>&1)
    [[ $out == --dry-run* ]] || fail "fish: expected --dry-run, got: $out"
fi
