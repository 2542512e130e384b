# shellcheck shell=bash disable=SC2034,SC2154 # variables of lib.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For tests that need a libvirt: its test driver, which keeps everything in the memory of the program that connects.

# libvirt_with DEFINITION...: a test driver that has these domains, shut off. Sets $uri.
libvirt_with() {
    requires virsh
    local definition
    {
        echo "<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>"
        for definition in "$@"; do
            # Runstate 5 is shut off; without it the driver starts them all.
            sed -e "1s|>|><test:runstate xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>5</test:runstate>|" \
                "$definition"
        done
        echo "</node>"
    } > "$work/node.xml"
    uri=test://$work/node.xml
}

# definition NAME: what libvirt prints of it, without the blank line that virsh adds.
definition() { virsh -q -c "$uri" dumpxml --inactive "$1" | sed -e '${/^$/d}'; }

# lendpci_on MACHINE ARGUMENT...: lendpci as if MACHINE, a directory that machine() made, were the host.
lendpci_on() { in_namespace "mount --bind '$1/sys' /sys" "$LENDPCI" "${@:2}"; }
