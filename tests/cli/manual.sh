#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The manual has no page with a warning, and leaves nothing out: commands and options, settings, attributes of the
# assignment, placeholders of the templates, operations of the hook.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

top=$here/../.. built=$(dirname "$MANUAL") data=$here/../../helper/data
pages=("$MANUAL" "$built/lendpci.conf.5" "$data"/*.[1-8])
((${#pages[@]} >= 6)) || fail "expected six pages, got ${pages[*]}"

# has PAGE WORD: WORD is an item of PAGE, alone or in a row of them.
has() { grep -E '^\.(It|Cm)' "$1" | grep -qE "(^|[ {(])$2([ })]|$)" || fail "$(basename "$1") does not tell $2"; }
# all WORDS LEAST WHAT: a list that was read from the source and came out short has been read wrongly.
all() { (($(wc -w <<< "$1") >= $2)) || fail "expected at least $2 $3, got: $1"; }

lendpci --help
options=$(sed -nE 's/^ +(-., )? *--([a-z-]+).*/\2/p' <<< "$out")
all "$options" 15 options
for option in $options; do grep -qE "^\.It (Fl . , )?Fl Fl $option( |$)" "$MANUAL" || fail "lendpci.1 does not tell --$option"; done

settings=$(sed -n '/^} keys\[\] = {/,/^};/s/^\t{ "\([a-z_]*\)".*/\1/p' "$top/helper/core/base/settings.c")
all "$settings" 10 settings
for setting in $settings; do has "$built/lendpci.conf.5" "$setting"; done

# What is read is in quotes: an attribute's name behind the node, or in the table of ids; lend_stop_names are four more.
policy=$top/helper/core/know/domain/policy.c
attributes=$(sed -nE -e 's/.*lend_xml_(attribute|number|attribute_is)\((node|assignment), "([^"]*)".*/\3/p' \
    -e 's/.*\{ "([a-z-]+)", &device\..*/\1/p' "$policy"
    grep -oE 'lend_xml_attribute\((node|assignment), "[^"]*"' "$policy" | sed 's/.*"\(.*\)"/\1/'
    sed -nE 's/^\t\[LEND_STOP_[A-Z_]*\] = "([^"]*)".*/\1/p' "$top/helper/core/know/domain/policy_devices.c")
all "$attributes" 24 attributes
for attribute in $attributes; do has "$data/lendpci-policy.5" "$attribute"; done

placeholders=$(grep -ohE '\$\{[a-z0-9-]+\}' "$top"/xml-templates/*.xml | sort -u | sed 's/[^a-z0-9-]//g')
all "$placeholders" 15 placeholders
for placeholder in $placeholders; do
    grep -qF "\${$placeholder}" "$data/lendpci-templates.5" || fail "lendpci-templates.5 does not tell \${$placeholder}"
done
for template in "$top"/xml-templates/*.xml; do has "$data/lendpci-templates.5" "$(basename "$template")"; done

operations=$(sed -n 's/^\t{ \.name = "\([a-z]*\)", .*/\1/p' "$top/hooks/operation.c")
all "$operations" 6 operations
for operation in $operations; do has "$data/lendpci-hook.8" "$operation"; done

# Each page names the others that are there.
for page in "${pages[@]}"; do
    sed -nE 's/^\.Xr (lendpci[^ ]*) ([0-9]).*/\1.\2/p' "$page" | while read -r other; do
        [[ " ${pages[*]##*/} " == *" $other "* ]] || fail "$(basename "$page") names $other, which is not there"
    done
done

requires mandoc
for page in "${pages[@]}"; do
    out=$(mandoc -T lint -W warning "$page") || fail "$out"
done
