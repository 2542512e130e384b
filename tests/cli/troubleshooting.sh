#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docs/troubleshooting.md has an entry for every code and every refusal of a loan, and none for what does not exist.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

top=$here/../.. decide=$here/../../helper/core/decide
page=$(< "$top/docs/troubleshooting.md")

# shellcheck disable=SC2016 # the backquotes are Markdown's
# section TITLE: the codes that begin the rows below it.
section() { awk -v title="## $1" '/^## / { on = ($0 == title) } on' <<< "$page" | sed -nE 's/^\| `([a-z0-9-]+)` \|.*/\1/p' | sort; }
# agree TITLE CODES: a list that was read from the source and came out short has been read wrongly.
agree() {
    (($(wc -w <<< "$2") >= $3)) || fail "$1: expected at least $3 in the source, got: $2"
    diff <(section "$1") <(sort -u <<< "$2") || fail "$1: entries of the page (<) and codes of the source (>) differ"
}
# added FILE: codes of a call add(…, "code", LEND_SEVERITY_…).
added() { tr '\n' ' ' < "$1" | grep -oE 'add\([a-z_>&.-]+,[[:space:]]*"[a-z0-9-]+",' | sed 's/.*"\(.*\)",/\1/'; }

agree "Codes of \`survey\`" "$(sed -nE 's/^\t\{ "([a-z0-9-]+)", LEND_SEVERITY.*/\1/p' "$decide/verdict/verdict.c")" 30
agree "Checks of \`doctor\`" \
    "$(sed -nE 's/^\t\{ "([a-z0-9-]+)", (doctor_)?check_.*/\1/p' "$decide/doctor_checks/doctor_checks.c")" 15
agree "Codes of \`check\`" "$(added "$decide/definition_problems.c")" 11
agree "Codes of \`rom\`" "$(added "$decide/option_rom_check.c")" 10

# What keeps a loan from being made: the longest words of each sentence between what is filled in.
refusals=$(cat "$top"/helper/core/act/*.c "$top"/helper/core/act/{loan,steps}/*.c "$top"/hooks/operation.c | tr '\n' ' ' |
    grep -oE 'lend_error_set\([a-z_]+, -(EBUSY|ESTALE|ENOSPC|EPROTONOSUPPORT),[[:space:]]*"[^"]*"' | sed 's/.*"\(.*\)"/\1/' | sort -u)
(($(wc -l <<< "$refusals") >= 15)) || fail "expected refusals, got: $refusals"
while IFS= read -r sentence; do
    words=$(sed -E 's/%(\.[0-9]+)?[a-z]+/\n/g' <<< "$sentence" | sed -E "s/^[ :,()']+//; s/[ :,()']+\$//" |
        awk 'length > length(most) { most = $0 } END { print most }')
    [[ $page == *"$words"* ]] || fail "docs/troubleshooting.md does not tell of \"$sentence\" (\"$words\")"
done <<< "$refusals"
