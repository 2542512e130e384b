# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of lendpci for bash. Commands, options and arguments are read from 'lendpci --help'; domains from the names of
# libvirt's files and devices from sysfs, so nothing waits for libvirt, and none of it needs root. With --sysroot they are
# the recorded host's.

# _lendpci_devices ROOT: the functions that are no bridges.
_lendpci_devices() {
    local path class
    for path in "$1"/sys/bus/pci/devices/*; do
        read -r class 2> /dev/null < "$path/class" || continue
        [[ $class == 0x06* ]] || echo "${path##*/}"
    done
}

# _lendpci_domains ROOT: those that are defined, and those that run.
_lendpci_domains() {
    local path
    for path in "$1"/etc/libvirt/qemu/*.xml "$1"/run/libvirt/qemu/*.xml; do
        [[ ! -e $path ]] || basename "$path" .xml
    done
}

# _lendpci_words KIND ROOT: what an argument of that kind can be; KIND is a word of a usage line.
_lendpci_words() {
    case $1 in
    *DEVICE*) _lendpci_devices "$2" ;;
    *DOMAIN*) _lendpci_domains "$2" ;;
    *COMMAND*) lendpci --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p' ;;
    'on|off') printf 'on\noff\n' ;;
    esac
}

# _lendpci_argument HELP OPTION: the word behind OPTION in the help, "" for one that takes none.
_lendpci_argument() { sed -nE "s/^ +(-., )? *$2 ([A-Za-z|.]+)  .*/\\2/p" <<< "$1" | head -n 1; }

_lendpci() {
    local line=${COMP_LINE:0:COMP_POINT} current verb="" root="" help kind="" usage given=0 word at candidates
    local -a words kinds
    COMPREPLY=()
    # Not COMP_WORDS: readline splits an address at its colons.
    current=${line##*[[:space:]]}
    read -ra words <<< "${line%"$current"}"
    for ((at = 1; at < ${#words[@]}; at++)); do
        [[ ${words[at]} == -* ]] || { verb=${words[at]}; break; }
        [[ ${words[at]} != --sysroot ]] || root=${words[++at]:-}
    done
    help=$(lendpci ${verb:+"$verb"} --help 2> /dev/null) || return 0

    for ((at++; at < ${#words[@]}; at++)); do
        word=${words[at]}
        if [[ $word != -* ]]; then
            given=$((given + 1))
        elif [[ -n $(_lendpci_argument "$help" "$word") ]]; then
            at=$((at + 1))
            [[ $word != --sysroot ]] || root=${words[at]:-}
        fi
    done
    [[ ${words[-1]} != -* ]] || kind=$(_lendpci_argument "$help" "${words[-1]}")

    if [[ -n $kind ]]; then
        case $kind in
        DIR | FILE) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return 0 ;;
        esac
    elif [[ $current == -* ]]; then
        candidates=$(grep -oE '^ +(-., )? *--[a-z-]+' <<< "$help" | grep -oE -- '--[a-z-]+')
        mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
        return 0
    elif [[ -z $verb ]]; then
        kind=COMMAND
    else
        # "Usage: lendpci assign [OPTIONS] DOMAIN DEVICE...": the word for this place; the last one may repeat.
        usage=$(sed -n "s/^Usage: lendpci $verb *//p" <<< "$help")
        read -ra kinds <<< "${usage#\[OPTIONS\]}"
        if ((given < ${#kinds[@]})); then
            kind=${kinds[given]}
        elif ((${#kinds[@]})) && [[ ${kinds[-1]} == *...* ]]; then
            kind=${kinds[-1]}
        fi
        if [[ $kind == *FILE* ]]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return 0
        fi
    fi
    mapfile -t COMPREPLY < <(_lendpci_words "$kind" "$root" | sort -u | grep -F -- "$current" | while read -r word; do
        [[ $word != "$current"* ]] || echo "$word"
    done)
    # readline replaces what follows the last colon only.
    if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
        for at in "${!COMPREPLY[@]}"; do COMPREPLY[at]=${COMPREPLY[at]#"${current%"${current##*:}"}"}; done
    fi
}
complete -F _lendpci lendpci
