#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A definition edited by hand is right again by itself, whoever edits it and how, and then watch is quiet; without a policy nothing is touched.
# deadline: 300
# service: on
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

has_card() { (($(virsh dumpxml --inactive "$1" | grep -c 'ua-lendpci-0000-01-00') == 3)); } # a port, two hostdevs
is_watching() { [[ $(systemctl show --property StatusText lendpci.service) == *"Watching $1 domain"* ]]; }
repairs() { journalctl --unit lendpci.service --boot --quiet --output=cat | grep -c 'repaired its definition' || true; }
has_repaired() { (($(repairs) == before + $1)); }
spent() { systemctl show --property CPUUsageNSec --value lendpci.service; }

# repaired NAME TEXT COMMAND...: COMMAND edits the definition, which has TEXT again within a second of its end, as the
# file shows in which libvirt keeps it. Here is a tenth of a real machine's speed.
slowest=0
repaired() {
    local file=/etc/libvirt/qemu/$1.xml text=$2 start took
    shift 2
    "$@"
    start=${EPOCHREALTIME/./}
    while ! grep -q -- "$text" "$file" 2> /dev/null; do
        (((${EPOCHREALTIME/./} - start) / 1000 < 20000)) || { cat "$file"; fail "no $text in $file after: $*"; }
    done
    took=$(((${EPOCHREALTIME/./} - start) / 1000))
    echo "repaired $took ms after: $*"
    ((took <= slowest)) || slowest=$took
}
without() { # NAME ADDRESS...: the definition without what sed takes out
    virsh dumpxml --inactive "$1" | sed "${@:2}" > "$LAB_RUN/without.xml"
    virsh -q define "$LAB_RUN/without.xml"
}

systemctl --quiet is-active lendpci.service || fail "lendpci.service does not run"
define_guest t1
lendpci assign t1 01:00.0 --mmio-high 64G
wait_for 20 "watch to know t1" is_watching 1
before=$(repairs)

say "with virsh edit, and with define, as virt-manager does"
EDITOR="sed -i '/<hostdev/,/<.hostdev>/d'" repaired t1 "ua-lendpci-0000-01-00-1" virsh -q edit t1
repaired t1 "<pcihole64" without t1 /\<pcihole64/d
repaired t1 "<pcihole64 unit='KiB'>67108864" without t1 "s|<pcihole64.*|<pcihole64 unit='KiB'>1048576</pcihole64>|"
repaired t1 "ua-lendpci-0000-01-00-0" without t1 "/ua-lendpci-0000-01-00/s/name='[^']*'/name='ua-mine'/; /<hostdev/,/<.hostdev>/d"
repaired t1 "<on_poweroff>destroy" without t1 "s|<on_poweroff>destroy|<on_poweroff>restart|"
has_card t1 || virsh dumpxml --inactive t1
wait_for 10 "five repairs to be told" has_repaired 5

say "renamed, undefined and defined again"
virsh -q domrename t1 win11
repaired win11 "ua-lendpci-0000-01-00-1" without win11 "/<hostdev/,/<.hostdev>/d"
cp "$LAB_RUN/without.xml" "$LAB_RUN/again.xml"
virsh -q undefine win11
repaired win11 "ua-lendpci-0000-01-00-1" virsh -q define "$LAB_RUN/again.xml"

say "attached for good, which fires no event, and found at the next one"
virsh -q detach-device win11 --config <(hostdev_xml "$AUDIO" yes)
repaired win11 "ua-lendpci-0000-01-00-1" virsh -q metadata win11 urn:example:note --key note --set '<note/>' --config
virsh -q metadata win11 urn:example:note --remove --config
wait_for 10 "eight repairs to be told" has_repaired 8

say "cloned"
virt-clone --quiet --original win11 --name copy --auto-clone
is_told() { journalctl --unit lendpci.service --boot --quiet --output=cat | grep -q "$1"; }
wait_for 20 "the copy to be told" is_told "copy: 0000:01:00.0 is assigned to win11, too: only one of them can run at a time"
virsh -q undefine copy

say "libvirtd is restarted, and killed"
systemctl restart libvirtd.service
wait_for 60 "watch to be there again" is_watching 1
repaired win11 "<pcihole64" without win11 /\<pcihole64/d
systemctl kill --signal=KILL libvirtd.service
wait_for 60 "libvirtd" virsh -q list
wait_for 60 "watch to be there again" is_watching 1
repaired win11 "<pcihole64" without win11 /\<pcihole64/d
echo "the slowest repair took $slowest ms"
((slowest < 5000)) || fail "a repair took $slowest ms"

say "and then it is quiet"
count=$(repairs)
used=$(spent)
sleep 5 # nothing may happen, which no state shows
used=$((($(spent) - used) / 1000000))
echo "watch used $used ms of CPU in five idle seconds"
((used < 100)) || fail "watch is not idle: $used ms in five seconds"
(($(repairs) == count)) || fail "it went on repairing: $(repairs) instead of $count"

say "the policy is taken out"
lendpci unassign win11
virsh dumpxml --inactive win11 > "$LAB_RUN/plain.xml"
virsh -q define "$LAB_RUN/plain.xml"
sleep 2 # nothing may happen, which no state shows
virsh dumpxml --inactive win11 > "$LAB_RUN/later.xml"
expect_same "$LAB_RUN/plain.xml" "$LAB_RUN/later.xml" "the definition without a policy"
