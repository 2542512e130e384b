#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the pages say can be typed and clicked: each link leads to a file, each command of lendpci and each of its options
# exists, and so does each setting.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

cd "$here/../.."
# matches ARGUMENT...: grep, for which nothing is no failure.
matches() { grep "$@" || [[ $? == 1 ]]; }

lendpci --help
options=$(grep -oE -- '--[a-z-]+' <<< "$out")
verbs=$(sed -nE 's/^  ([a-z][a-z-]*)  .*/\1/p' <<< "$out")

for page in ./*.md docs/*.md; do
    matches -oE '\]\([^)#]+' "$page" | sed 's/^](//' | while read -r link; do
        [[ $link == http* || -e ${page%/*}/$link ]] || fail "$page: $link is not there"
    done
    # In code, whether a block or between backquotes: "lendpci VERB …".
    # shellcheck disable=SC2016 # the backquotes are Markdown's
    code=$(awk '/^```/ { on = !on; next } on' "$page"; sed '/^```/,/^```/d' "$page" | matches -oE '`[^`]+`' | tr -d '\140')
    matches -oE '(^|sudo |[(|] ?)lendpci [a-z][a-z-]+[^|#]*' <<< "$code" | sed -E 's/^.*lendpci ([a-z])/\1/' | while read -r verb rest; do
        [[ $rest != prepare* ]] || continue # the hook: "lendpci win11 prepare begin -"
        grep -qxF -- "$verb" <<< "$verbs" || fail "$page: 'lendpci $verb': there is no such command"
        for word in $rest; do
            [[ $word =~ ^--[a-z-]+$ ]] || continue
            grep -qxF -- "$word" <<< "$options" || fail "$page: 'lendpci $verb $word': there is no such option"
            lendpci "$verb" --help
            grep -qE -- "^ +(-., )? *$word( |\$)" <<< "$out" || fail "$page: 'lendpci $verb' has no $word"
        done
    done
    # In a block of lendpci.conf.
    awk '/^```ini/ { on = 1; next } /^```/ { on = 0 } on' "$page" | sed -nE 's/^([a-z_]+) = .*/\1/p' | while read -r setting; do
        grep -qE "^#$setting =" helper/data/lendpci.conf || fail "$page: there is no setting $setting"
    done
done
