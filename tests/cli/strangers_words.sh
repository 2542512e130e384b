#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names that a stranger chose - in a recording, in a domain's XML, in the journal, on the command line - drive no terminal,
# make no lines of their own and turn no text around; in the command of a hint they are one word.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"
requires jq

# printable: nothing but newlines, and what can be seen, on either stream. C1 is two bytes in UTF-8.
printable() {
    if LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]' "$work/out" "$work/err"; then
        LC_ALL=C cat -v "$work/out" "$work/err" >&2
        fail "expected $1 to be printable"
    fi
}
shown() { LC_ALL=C grep -qF -- "$1" "$work/out" "$work/err" || fail "expected to see: $1"; }

evil=$'\e]0;owned\a\xc2\x9b31m\xe2\x80\xaegpj'

# A recording: driver, reset methods, module, the user of the card.
machine lab
gpu=$(realpath "$machine/sys/bus/pci/devices/0000:01:00.0")
rm "$gpu/driver"
ln -s "../../../../../sys/bus/pci/drivers/evil$evil"$'\n'"0000:09:00.0 can be lent" "$gpu/driver"
printf 'flr%s\nbus\r\n' "$evil" > "$gpu/reset_method"
for look in "" --verbose --json --tree; do
    # shellcheck disable=SC2086 # none or one word
    lendpci survey $look --sysroot "$machine"
    printable "survey $look"
    if grep -q '^0000:09:00.0' "$work/out"; then
        fail "expected no line of a stranger's making in survey $look"
    fi
done
lendpci survey 01:00.0 --sysroot "$machine"
shown "evil?]0;owned??31m?gpj?0000:09:00.0 can be lent"
lendpci survey 01:00.0 --sysroot "$machine" --debug
printable "survey --debug"
lendpci doctor --sysroot "$machine"
printable "doctor"

# The journal, with what a domain's owner called the domain.
loans=$machine/run/lendpci/loans
mkdir -p "$loans"
cat > "$loans/0000:01:00.0.json" << END
{
  "version": 1, "function": "0000:01:00.0", "state": "unreturned", "domain": "vm\\u001b]0;owned\\u0007\\u009b31m\\u202egpj",
  "uuid": "11111111-2222-3333-4444-555555555555", "since": 1700000000, "started": true,
  "vendor": 4660, "device": 4369, "why": "bad\\u001b[2J\\nline",
  "keeper": { "pid": 500, "starttime": 5000 }, "hanging": { "pid": 0, "starttime": 0 },
  "before": { "driver": "dr\\u001biver", "driver_override": "", "module": "", "power_control": "auto",
    "d3cold_allowed": "1", "reset_method": "bus", "units": "" }
}
END
lendpci status --sysroot "$machine"
printable "status"
shown "vm?]0;owned??31m?gpj"
shown "bad?[2J?line"
lendpci status --sysroot "$machine" --json
printable "status --json"
expect_json '.[0].domain == "vm\u001b]0;owned\u0007\u009b31m\u202egpj"'
lendpci doctor --sysroot "$machine"
printable "doctor"

# A command line.
lendpci survey "01:00.0$evil" --sysroot "$machine"
printable "a wrong DEVICE"
lendpci status --guest "nobody$evil" --connect test:///default
printable "an unknown domain"

# A domain. XML has no control characters but C1, and libvirt refuses newlines in names.
name=$'a\'; touch owned; \'\xc2\x9b\xe2\x80\xae'
machine=$work/fresh
mkdir "$machine"
"$MAKE_MACHINE" "$here/../data/machines/lab.machine" "$machine"
"$LENDPCI" inject 01:00.0 --sysroot "$machine" < "$here/../data/domains/q35.xml" |
    sed -e "s|<name>.*<|<name>$name<|" > "$work/assigned.xml"
libvirt_with "$work/assigned.xml"
lendpci status --guest "$name" --connect "$uri"
expect_status 1
printable "status --guest"
command=$(sed -n "s/^hint: '\(virsh start .*\)' starts it.*/\1/p" "$work/err")
[[ -n $command ]] || fail "expected a command in the hint"
mapfile -t words < <(cd "$work" && eval "printf '%s\n' $command")
[[ ${#words[@]} == 3 && ${words[2]} == "a'; touch owned; '??" && ! -e $work/owned ]] || fail "expected a name of one word: ${words[*]}"
for call in "check" "unassign --dry-run"; do
    # shellcheck disable=SC2086 # words
    lendpci $call "$name" --connect "$uri" --sysroot "$machine"
    [[ $call == unassign* ]] || printable "$call"
done
lendpci assign "$name" 02:00.0 --connect "$uri"
printable "assign"
