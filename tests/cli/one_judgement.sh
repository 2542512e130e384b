#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey, assign, check and the hook never contradict one another: over all recorded machines, for each of their
# functions. The hook's own code runs over the recording (hook-answer), up to the first change that it would make.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$(dirname "$0")/libvirt.sh"
requires jq

# domain_with NAME UUID ADDRESS: a plain domain that has the function by a hostdev somebody wrote.
domain_with() {
    local domain bus slot function
    IFS=':.' read -r domain bus slot function <<< "$3"
    sed -e "s|<name>.*</name>|<name>$1</name>|" -e "s|<uuid>.*</uuid>|<uuid>$2</uuid>|" \
        -e "s|</devices>|<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x$domain' bus='0x$bus' slot='0x$slot' function='0x$function'/></source></hostdev></devices>|" \
        "$here/../data/domains/q35.xml"
}

functions=0 contradictions=""
# contradiction TEXT...: all are told at the end.
contradiction() { contradictions+="$recording: $address: $*"$'\n'; }

# judge ADDRESS: $work/survey.json has what survey says of it.
judge() {
    local address=$1 verdict lasting
    verdict=$(jq -c --arg address "$address" '.[] | select(.address == $address)' "$work/survey.json")
    [[ -n $verdict ]] || fail "$recording: survey says nothing of $address"
    functions=$((functions + 1))
    # What takes no group: an error that does not pass by itself is one for assign too, and with the same sentence.
    lasting=$(jq -r '[.reasons[] | select(.severity == "error" and (.passing | not))][0].text // ""' <<< "$verdict")
    lendpci inject --sysroot "$machine" "$address" < "$here/../data/domains/q35.xml"
    # Intel's graphics need a slot that this domain gives to something else: the domain's fault, not the host's.
    if [[ -z $lasting && $status != 0 && $err != *"and that slot has the domain's"* ]]; then
        contradiction "survey: nothing lasting is against it; assign: $err"
    elif [[ -n $lasting && $status == 0 ]]; then
        contradiction "survey: $lasting; assign: yes"
    fi
    lendpci check --connect "$uri" --sysroot "$machine" --json "f-${address//[:.]/-}"
    if [[ $(jq '.assignable' <<< "$verdict") != "$(jq .ready <<< "$out")" ]]; then
        contradiction "survey: assignable $(jq -c '[.assignable, [.reasons[] | select(.severity == "error").text]]' <<< "$verdict"); check: $(jq -r '.reason // "yes"' <<< "$out")"
    fi
    hook=yes
    "$HOOK_ANSWER" "$machine" < "$work/f-${address//[:.]/-}.xml" 2> "$work/hook" || hook=$(< "$work/hook")
    if [[ $(jq .ready <<< "$out") != "$([[ $hook == yes ]] && echo true || echo false)" ]]; then
        contradiction "check: $(jq -r '.reason // "yes"' <<< "$out"); hook: $hook"
    fi
    if [[ $(jq .ready <<< "$out") != "$([[ $status == 0 ]] && echo true || echo false)" ]]; then
        contradiction "check: ready $(jq .ready <<< "$out"), status $status"
    fi
}

for file in "$here"/../data/machines/*.machine "$here"/../data/machines/held/*.machine; do
    recording=${file#"$here"/../data/machines/}
    recording=${recording%.machine}
    machine "$recording"
    mapfile -t addresses < <(ls "$machine/sys/bus/pci/devices")
    lendpci survey --sysroot "$machine" --json "${addresses[@]}"
    echo "$out" > "$work/survey.json"
    definitions=()
    for address in "${addresses[@]}"; do
        definitions+=("$work/f-${address//[:.]/-}.xml")
        domain_with "f-${address//[:.]/-}" "$(printf '00000000-0000-4000-8000-%012d' "${#definitions[@]}")" \
            "$address" > "${definitions[-1]}"
    done
    libvirt_with "${definitions[@]}"
    for address in "${addresses[@]}"; do judge "$address"; done
done
echo "$functions functions were judged"
((functions > 150)) || fail "expected the recorded machines to have more functions"
[[ -z $contradictions ]] || { printf '%s' "$contradictions" >&2; fail "expected no contradiction"; }
