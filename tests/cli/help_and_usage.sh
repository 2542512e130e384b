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
    [[ $out == "lendpci $verb: "?*$'\n\n'"Usage: lendpci $verb"* ]] || fail "expected summary and usage of $verb"
    verb_help=$out
    lendpci help "$verb"
    expect_status 0
    expect_out "$verb_help"
    grep -qx "\.Cm $verb" "$MANUAL" || fail "expected $verb in the man page"
    # Wherever the option stands.
    lendpci --help "$verb"
    expect_out "$verb_help"
done
lendpci help
expect_status 0
expect_out "$program_help"
lendpci help asign
expect_status 2
expect_err "lendpci: unknown command 'asign'; did you mean 'assign'?
hint: 'lendpci --help' lists all commands"

# As wide as the terminal is, between 60 and 200 columns.
for columns in 1:60 60:60 100:100 200:200 999:200; do
    COLUMNS=${columns%:*} lendpci --help
    awk -v most="${columns#*:}" 'length > most { exit 1 }' <<< "$out" || fail "expected at most ${columns#*:} columns"
done
COLUMNS=many lendpci --help
expect_out "$program_help"

# Without a word: where to begin, and still no success for a script that lost its command.
lendpci
expect_status 2
expect_err ""
for verb in doctor survey assign check status unassign; do
    grep -q "^  lendpci $verb " <<< "$out" || fail "expected $verb in the overview"
done
(($(wc -l <<< "$out") < 20)) || fail "expected an overview to be short"

expect_usage() {
    local sentence=$1 verb=$2
    shift 2
    lendpci "$@"
    expect_status 2
    expect_out ""
    expect_err "lendpci: $sentence
hint: 'lendpci${verb:+ $verb} --help' shows how"
}

expect_usage "assign: DOMAIN is missing" assign assign
expect_usage "assign: DEVICE is missing" assign assign win11
expect_usage "inject: DEVICE is missing" inject inject
expect_usage "rom: FILE is missing" rom rom 01:00.0
expect_usage "01:00.0: too many arguments" check check win11 01:00.0
expect_usage "--nonsense: unknown option" "" assign --nonsense win11 01:00.0
expect_usage "--jsom: unknown option; did you mean '--json'?" "" survey --jsom
expect_usage "--dyr-run: unknown option; did you mean '--dry-run'?" "" --dyr-run assign win11 01:00.0
expect_usage "-x: unknown option" "" assign -x win11 01:00.0
expect_usage "--sysroot: needs an argument" "" assign win11 01:00.0 --sysroot
expect_usage "--dry-run=yes: takes no argument" "" assign --dry-run=yes win11 01:00.0
expect_usage "-x: unknown option" "" survey -jx
expect_usage "--json: not an option of this command" inject inject --json 01:00.0
expect_usage "--json: not an option of this command" inject inject -j 01:00.0
expect_usage "--quiet: it cannot be with --json" check check -jq win11

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
unknown --help help
# What a stranger's script passes on does not reach the terminal.
lendpci $'\e[31mlend\n\xc2\x9b'
expect_status 2
[[ $err == "lendpci: unknown command '?[31mlend??'"* ]] || fail "expected a printable sentence"

lendpci assign win11 nonsense --sysroot / --dry-run
expect_status 2
expect_err "lendpci: nonsense: it is not a PCI device
hint: a device is 0000:01:00.0, 01:00.0, 01:00, or PCIROOT(0)#PCI(0100)#PCI(0000); or 10de:2684, gpu, or a part of its name, when only one is so"

machine lab
lendpci assign win11 01:00.0 --sysroot "$machine"
expect_status 2
expect_err "lendpci: --sysroot: a recorded machine's devices can only be assigned with --dry-run"

lendpci lend --json 01:00.0
expect_status 2
expect_err "lendpci: --json: only with --dry-run
hint: 'lendpci status --json' tells what was lent"

# The letters are the words.
lendpci survey -j --sysroot "$machine"
expect_status 0
letters=$out
lendpci survey --json --sysroot "$machine"
expect_out "$letters"
lendpci survey -v 01:00.0 --sysroot "$machine"
grep -q "^  interrupts " <<< "$out" || fail "expected -v to tell more"

# Only the status, and what went wrong.
lendpci doctor --sysroot "$machine"
loud=$status
lendpci doctor -q --sysroot "$machine"
expect_status "$loud"
expect_out ""
expect_err ""
lendpci check -q --connect test:///default nobody
expect_status 1
[[ $err == "nobody: "* ]] || fail "expected the error"

# Colour is for terminals that have it, and for whoever did not refuse it. script(1) is a terminal.
if command -v script > /dev/null; then
    coloured() { env -u NO_COLOR "$@" script -qc "'$LENDPCI' doctor --sysroot '$machine'" /dev/null < /dev/null | grep $'\033\\[' > /dev/null; }
    coloured TERM=xterm || fail "expected colour on a terminal"
    ! coloured TERM=dumb || fail "expected no colour on a dumb terminal"
    ! coloured TERM=xterm NO_COLOR=1 || fail "expected no colour with NO_COLOR"
fi
