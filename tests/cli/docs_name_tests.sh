#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each test that the pages about threats and fuzzing name is there.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

tests=$here/..
named=0
while read -r name; do
    named=$((named + 1))
    [[ -e $tests/cli/$name || -e $tests/lab/scenarios/$name.sh || -e $tests/fuzz/targets/$name.c || -e $tests/../$name ]] ||
        grep -rqE "(TEST|cmocka_unit_test[a-z_]*)\($name\b" "$tests/unit" ||
        fail "expected a test called $name"
done < <(sed -n -E 's/^\|.*\|([^|]*)\|$/\1/p' "$tests/../docs/threat-model.md" "$tests/../docs/fuzzing.md" |
    tr '`' '\n' | grep -xE '[a-z0-9]+[_./-][a-z0-9_./-]*|[a-z]{4,}' | grep -vE '^/' | sort -u)
((named > 40)) || fail "expected to find the names in the tables, found $named"
