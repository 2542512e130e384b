#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test_layout.sh SOURCE BUILD: the source as it is built now has no circle, no call or include upwards, no file or function
# that is too long, and no header without its module.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
found=$("$here/check-layout" "$1" "$2") || true

# tolerated: what is being mended just now, as check-layout tells it, without the files in parentheses. To be empty.
unexpected=$(while read -r line; do
    [[ -n $line ]] || continue
    grep -qxF -- "${line%% (*}" "$here/tolerated" || echo "$line"
done <<< "$found")
if [[ -n $unexpected ]]; then
    echo "$unexpected"
    exit 1
fi
while read -r line; do
    [[ -z $line || $line == '#'* ]] || grep -qF -- "$line" <<< "$found" || echo "mended, to be taken from the list: $line"
done < "$here/tolerated"
