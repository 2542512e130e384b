#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One table makes the help of the program, of each verb, and the man page; wrong usage is status 2 and one sentence.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

lendpci --version
expect_status 0
[[ $out == "lendpci "[0-9]* ]] || fail "expected a version"

lendpci --help
expect_status 0
expect_err ""
program_help=$out
verbs=$(sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' <<< "$program_help")
[[ $verbs == *assign*unassign*inject* ]] || fail "expected the verbs in the help"
awk 'length > 100 { exit 1 }' <<< "$program_help" || fail "expected lines of at most 100 columns"

for verb in $verbs; do
    lendpci "$verb" --help
    expect_status 0
    [[ $out == "Usage: lendpci $verb"* ]] || fail "expected the usage of $verb"
    grep -qx "\.Cm $verb" "$MANUAL" || fail "expected $verb in the man page"
    # Wherever the option stands.
    lendpci --help "$verb"
    [[ $out == "Usage: lendpci $verb"* ]] || fail "expected the usage of $verb"
done
if command -v mandoc > /dev/null; then
    out=$(mandoc -T lint -W warning "$MANUAL") || fail "expected a man page without warnings"
fi

expect_usage() {
    local sentence=$1 verb=$2
    shift 2
    lendpci "$@"
    expect_status 2
    expect_out ""
    expect_err "$sentence
hint: 'lendpci${verb:+ $verb} --help' shows how"
}

expect_usage "lendpci: no verb was given" ""
expect_usage "lent: there is no such verb" "" lent
expect_usage "assign: an argument is missing" assign assign win11
expect_usage "inject: an argument is missing" inject inject
expect_usage "--nonsense: there is no such option" "" assign --nonsense win11 01:00.0
expect_usage "-x: there is no such option" "" assign -x win11 01:00.0
expect_usage "--sysroot: it needs an argument" "" assign win11 01:00.0 --sysroot
expect_usage "--dry-run=yes: it takes no argument" "" assign --dry-run=yes win11 01:00.0
expect_usage "--json: this verb does not take it" assign assign --json win11 01:00.0
# Behind "--" nothing is an option.
expect_usage "--help: there is no such verb" "" -- --help

lendpci assign win11 nonsense --sysroot / --dry-run
expect_status 2
expect_err "nonsense: it is not a PCI device
hint: a device is 0000:01:00.0, 01:00.0, 01:00, or PCIROOT(0)#PCI(0100)#PCI(0000)"

machine lab
lendpci assign win11 01:00.0 --sysroot "$machine"
expect_status 2
expect_err "--sysroot: a recorded machine's devices can only be assigned with --dry-run"
