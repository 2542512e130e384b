#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# On an installed host doctor finds nothing; of each fault that is made on purpose it tells, and of nothing else.
# deadline: 240
# service: on
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# complaints: every line that is not ok, without the hints.
complaints() { lendpci doctor | grep -v -e '^ok ' -e '^ '; }

# finds LEVEL CHECK TEXT: of this fault, and of no other.
finds() {
    local seen
    seen=$(complaints || true)
    echo "$seen"
    [[ $seen == "$1"*" $2: "*"$3"* && $(wc -l <<< "$seen") == 1 ]] || fail "doctor does not tell of '$1 $2: $3' alone: $seen"
}
finds_nothing() {
    local seen
    seen=$(complaints || true)
    [[ -z $seen ]] || fail "doctor complains: $seen"
}

finds_nothing
expect_output "runs the hook: proven" lendpci doctor

say "the hook"
chmod 644 "$HOOK"
finds fail hook "is not executable"
mv "$HOOK" /root/hook
finds fail hook "is not there"
ln -s /root/hook "$HOOK"
chmod 755 /root/hook
finds fail hook "is no regular file"
rm "$HOOK"
systemctl restart libvirtd # it looks for hooks now, and later no more
await_libvirtd
mv /root/hook "$HOOK"
finds fail hook-seen "libvirtd does not run the hook"
refused "does not run the hook" lendpci doctor
systemctl restart libvirtd
await_libvirtd
finds_nothing

say "vfio-pci, the service, the host's shutdown"
modules=/lib/modules/$(uname -r)/modules.dep
cp "$modules" "$LAB_RUN/modules.dep"
at_end "cp '$LAB_RUN/modules.dep' '$modules'"
modprobe -r vfio-pci
sed -i '/vfio-pci\.ko/d' "$modules"
finds fail vfio-pci "no vfio-pci module"
cp "$LAB_RUN/modules.dep" "$modules"
systemctl stop lendpci.service
finds warn service "lendpci.service does not run"
systemctl start lendpci.service
systemctl --quiet disable lendpci-turn-off.service
finds warn host-shutdown "nobody shuts VMs down"
systemctl --quiet enable lendpci-turn-off.service

say "definitions and saved states"
define_guest t1
start t1
virsh -q managedsave t1
lendpci assign t1 01:00.0
finds fail saved-states "t1: has a saved state from before its devices"
virsh -q managedsave-remove t1
echo "<domain" > /etc/libvirt/qemu/broken.xml
finds warn definitions "1 definition in /etc/libvirt/qemu could not be read"
rm /etc/libvirt/qemu/broken.xml

say "drivers, loans, settings"
hold "/dev/snd/$(basename "$(echo "/sys/bus/pci/devices/$AUDIO"/sound/card*/pcmC*D*p)")" player
finds warn drivers "$AUDIO: its driver snd_hda_intel waits without end"
let_go player
lendpci lend 07:00.0
stubborn probe_fails Y
refused "stubborn does not take it" lendpci return 07:00.0
finds fail loans "$STUBBORN: unreturned: "
stubborn probe_fails N
lendpci return 07:00.0
lendpci lend 02:00.0
truncate --size 40 "$(loan_file "$GPU2")"
finds fail loans "$GPU2: its journal entry is damaged"
lendpci return 02:00.0
finds warn loans "1 damaged journal entry was set aside"
rm -r /run/lendpci/set-aside
settings "holders = perhaps"
finds fail settings "perhaps"
rm /etc/lendpci/lendpci.conf.d/lab.conf
finds_nothing
