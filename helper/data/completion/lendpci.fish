# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of lendpci for fish. What there is to complete is read from 'lendpci --help', libvirt's files and sysfs, as for
# bash.

function __lendpci_commands
    lendpci --help | string replace -rf '^  ([a-z][a-z-]*)  +(.*)' '$1\t$2'
end

function __lendpci_options
    set -l words (commandline -opc)
    lendpci $words[2] --help 2>/dev/null | string replace -rf '^ +(?:-., )? *(--[a-z-]+)(?: [A-Za-z|.]+)?  +(.*)' '$1\t$2'
end

# The word of the usage line for the place where the cursor is; the last one may repeat.
function __lendpci_kind
    set -l words (commandline -opc)
    set -l kinds (lendpci $words[2] --help 2>/dev/null | string replace -rf "^Usage: lendpci $words[2] *" '' |
        string replace '[OPTIONS]' '' | string split -n ' ')
    set -l given (math 1 + (count (string match -v -- '-*' $words[3..-1])))
    if test $given -le (count $kinds)
        echo $kinds[$given]
    else if string match -q '*...*' -- $kinds[-1]
        echo $kinds[-1]
    end
end

function __lendpci_arguments
    switch (__lendpci_kind)
        case '*DEVICE*'
            for path in /sys/bus/pci/devices/*
                string match -q '0x06*' <$path/class; or basename $path
            end
        case '*DOMAIN*'
            for path in /etc/libvirt/qemu/*.xml /run/libvirt/qemu/*.xml
                basename $path .xml
            end
        case '*COMMAND*'
            __lendpci_commands
        case '*FILE*'
            __fish_complete_path (commandline -ct)
    end
end

complete -c lendpci -f
complete -c lendpci -n 'test (count (commandline -opc)) -eq 1' -a '(__lendpci_commands)'
complete -c lendpci -n 'test (count (commandline -opc)) -ge 2; and string match -q -- "-*" (commandline -ct)' -a '(__lendpci_options)'
complete -c lendpci -n 'test (count (commandline -opc)) -ge 2' -a '(__lendpci_arguments)'
