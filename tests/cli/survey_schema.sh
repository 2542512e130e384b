#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey --json is what tests/data/survey.schema.json says, on every machine that we have; and a field that the schema
# does not know is found here before a program meets it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
requires jq

# The part of JSON Schema that ours uses; the paths of what is wrong, one in a line.
# shellcheck disable=SC2016 # jq's variables
checker='
def kind: if type == "number" and . == floor then "integer" else type end;
def wrong($schema; $path):
    . as $value
    | if $schema.type and ([$schema.type] | flatten | index($value | kind) | not) then "\($path): is \(kind)"
      elif $schema.enum and ($schema.enum | index($value) | not) then "\($path): is not one of the allowed"
      elif $schema.pattern and type == "string" and (test($schema.pattern) | not) then "\($path): is \($value)"
      elif type == "object" then
          (($schema.required // []) - keys | .[] | "\($path).\(.): is missing"),
          (if $schema.additionalProperties == false then keys - ($schema.properties | keys) | .[] | "\($path).\(.): is unknown"
           else empty end),
          (keys[] as $key | select($schema.properties[$key]) | .[$key] | wrong($schema.properties[$key]; "\($path).\($key)"))
      elif type == "array" and $schema.items then
          (keys[] as $i | .[$i] | wrong($schema.items; "\($path)[\($i)]"))
      else empty end;
wrong($schema[0]; "")'
check() { jq -r --slurpfile schema "$here/../data/survey.schema.json" "$checker" <<< "$out"; }

for description in "$here"/../data/machines/*.machine; do
    machine "$(basename "$description" .machine)"
    lendpci survey --json --sysroot "$machine"
    expect_status 0
    problems=$(check)
    [[ -z $problems ]] || fail "$(basename "$description") against the schema: $problems"
done

# The checker itself can say no.
out='[{ "address": "01:00.0", "extra": 1, "mmio": { "low": "2M" } }]'
problems=$(check)
for problem in '[0].address: is 01:00.0' '[0].extra: is unknown' '[0].driver: is missing' '[0].mmio.low: is string'; do
    grep -qxF -- "$problem" <<< "$problems" || fail "expected the checker to find: $problem, not: $problems"
done
