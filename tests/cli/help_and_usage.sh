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

expect_usage "lendpci: no command given" ""
expect_usage "assign: an argument is missing" assign assign win11
expect_usage "inject: an argument is missing" inject inject
expect_usage "01:00.0: too many arguments" check check win11 01:00.0
expect_usage "--nonsense: unknown option" "" assign --nonsense win11 01:00.0
expect_usage "-x: unknown option" "" assign -x win11 01:00.0
expect_usage "--sysroot: needs an argument" "" assign win11 01:00.0 --sysroot
expect_usage "--dry-run=yes: takes no argument" "" assign --dry-run=yes win11 01:00.0
expect_usage "--json: not an option of this command" assign assign --json win11 01:00.0

# unknown WORD [MEANT]: a word that is no command, and the one that it may be a slip of.
unknown() {
    lendpci -- "$1"
    expect_status 2
    expect_out ""
    # shellcheck disable=SC2016 # it is expanded
    expect_err "lendpci: unknown command '$1'${2:+; did you mean '$2'?}
hint: 'lendpci --help' lists all commands"
}
unknown frobnicate
unknown asign assign
unknown unasign unassign
unknown surevy survey
unknown stat status
unknown turnoff turn-off
unknown lent lend
unknown rm rom
unknown ls
unknown ""
unknown a-word-that-is-longer-than-any-command-of-this-program
# Behind "--" nothing is an option.
unknown --help
# What a stranger's script passes on does not reach the terminal.
lendpci $'\e[31mlend\n\xc2\x9b'
expect_status 2
[[ $err == "lendpci: unknown command '?[31mlend??'"* ]] || fail "expected a printable sentence"

lendpci assign win11 nonsense --sysroot / --dry-run
expect_status 2
expect_err "nonsense: it is not a PCI device
hint: a device is 0000:01:00.0, 01:00.0, 01:00, or PCIROOT(0)#PCI(0100)#PCI(0000)"

machine lab
lendpci assign win11 01:00.0 --sysroot "$machine"
expect_status 2
expect_err "--sysroot: a recorded machine's devices can only be assigned with --dry-run"
