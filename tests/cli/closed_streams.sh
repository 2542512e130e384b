#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A program whose standard streams were closed by its caller: what it would print goes into no file that it has open, and a
# failure to print is a failure.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

machine lab
find "$machine" -type f -exec cksum {} + | sort > "$work/before"
unchanged() {
    find "$machine" -type f -exec cksum {} + | sort | cmp - "$work/before" || fail "expected the recording to be as before"
}

# expect STATUS COMMAND...: with what is closed by the caller's redirection.
expect() {
    local wanted=$1
    shift
    status=0
    "$@" || status=$?
    expect_status "$wanted"
    unchanged
}

expect 1 "$LENDPCI" survey --sysroot "$machine" >&- 2> "$work/err"
[[ $(< "$work/err") == "standard output: "* ]] || fail "expected to be told that nothing was printed"
expect 0 "$LENDPCI" survey --sysroot "$machine" > "$work/out" 2>&-
[[ -s $work/out ]] || fail "expected the survey"
expect 1 "$LENDPCI" survey 0f:00.0 --sysroot "$machine" > "$work/out" 2>&-
expect 1 "$LENDPCI" survey --sysroot "$machine" <&- >&- 2>&-
expect 1 "$LENDPCI" survey --sysroot "$machine" --debug <&- >&- 2>&-
expect 1 "$LENDPCI" inject 01:00.0 --sysroot "$machine" <&- > "$work/out" 2> "$work/err"
[[ $(< "$work/err") == "standard input: "* ]] || fail "expected to be told that nothing could be read"

# What it writes is as whole without streams as with them.
"$LENDPCI" survey --record "$work/with" --sysroot "$machine"
expect 0 "$LENDPCI" survey --record "$work/without" --sysroot "$machine" <&- 2>&-
diff -r --no-dereference "$work/with" "$work/without" || fail "expected the same recording"

# The hook: an XML that cannot be read is told, nothing else is done.
if [[ $EUID == 0 ]]; then
    status=0
    "$HOOK" vm prepare begin - <&- > "$work/out" 2> "$work/err" || status=$?
    out=$(< "$work/out") err=$(< "$work/err")
    expect_status 1
    expect_out ""
    expect_err "vm: cannot read the domain's XML: Bad file descriptor"
    status=0
    "$HOOK" vm prepare begin - <&- >&- 2>&- || status=$?
    expect_status 1
    status=0
    "$HOOK" vm release end - <&- >&- 2>&- || status=$?
    expect_status 0
fi
