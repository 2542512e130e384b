# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What cli tests share. A test sources this first; $work is its own directory and is removed at its end.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# requires COMMAND...: skips the test, saying why, on a host without one of them.
requires() {
    local command
    for command in "$@"; do
        command -v "$command" > /dev/null || { echo "skipped: no $command here"; exit 77; }
    done
}

# machine NAME: makes tests/data/machines/NAME.machine below $work/NAME and sets $machine to that. NAME may be below a
# directory: held/zfs.
machine() {
    machine=$work/$1
    mkdir -p "${machine%/*}"
    mkdir "$machine"
    "$MAKE_MACHINE" "$here/../data/machines/$1.machine" "$machine"
}

# lendpci ARGUMENT...: sets $out, $err and $status. Never fails itself.
lendpci() {
    status=0
    "$LENDPCI" "$@" > "$work/out" 2> "$work/err" || status=$?
    out=$(< "$work/out")
    err=$(< "$work/err")
}

# in_namespace MOUNTS COMMAND ARGUMENT...: as lendpci() does, for any command, as root of user and mount namespaces of
# its own, after the shell words MOUNTS. Skips the test where there are none to be had.
in_namespace() {
    unshare --user --map-root-user --mount true 2> /dev/null || { echo "skipped: no user namespaces here"; exit 77; }
    status=0
    # shellcheck disable=SC2016 # for the inner shell
    unshare --user --map-root-user --mount -- sh -c "$1"' && exec "$@"' sh "${@:2}" \
        > "$work/out" 2> "$work/err" || status=$?
    out=$(< "$work/out")
    err=$(< "$work/err")
}

fail() {
    echo "FAILED: $1" >&2
    printf 'status: %s\n--- standard output\n%s\n--- standard error\n%s\n' "${status-}" "${out-}" "${err-}" >&2
    exit 1
}

# expect_status N
expect_status() { [[ $status == "$1" ]] || fail "expected status $1"; }

# expect_out TEXT, expect_err TEXT: the whole of it.
expect_out() { [[ $out == "$1" ]] || fail "expected on standard output: $1"; }
expect_err() { [[ $err == "$1" ]] || fail "expected on standard error: $1"; }

# expect_line TEXT: a line of standard output.
expect_line() { grep -qxF -- "$1" <<< "$out" || fail "expected the line: $1"; }

# expect_json FILTER: a jq expression that is true of standard output.
expect_json() { jq -e "$1" <<< "$out" > /dev/null || fail "expected to hold: $1"; }
