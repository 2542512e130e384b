#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever inject and assign make of definitions of many kinds fits this libvirt's own schema.
# deadline: 150
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

for domain in /usr/src/lendpci/tests/data/domains/*.xml; do
    for options in "" "--mmio-high 256G" "--mmio-high 64G --mmio-low 512M"; do
        # shellcheck disable=SC2086 # words
        lendpci inject $options 01:00.0 02:00.0 < "$domain" > "$LAB_RUN/injected.xml"
        grep -q ua-lendpci-0000-02-00-0 "$LAB_RUN/injected.xml" || fail "$domain $options: nothing was injected"
        virt-xml-validate "$LAB_RUN/injected.xml" domain || { cat "$LAB_RUN/injected.xml"; fail "$domain $options: does not fit"; }
    done
done

say "and what libvirt makes of it, with everything that assign can write"
qemu="-fw_cfg name=opt/lab,string=1"
for options in "" "--ovmf" "--linux"; do
    # shellcheck disable=SC2086 # words
    define_guest t1 $options --qemu "$qemu" --cpu "<cpu mode='host-passthrough'/>"
    lendpci assign t1 01:00.0 02:00.0 --mmio-high 128G
    virsh dumpxml --inactive t1 > "$LAB_RUN/guest-t1.assigned"
    virt-xml-validate "$LAB_RUN/guest-t1.assigned" domain || { cat "$LAB_RUN/guest-t1.assigned"; fail "t1 $options: does not fit"; }
    virsh -q undefine --nvram t1
done
