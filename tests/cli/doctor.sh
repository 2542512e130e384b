#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# doctor on a recorded host that is ready, and on the same host with one thing wrong at a time: that one line changes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
requires jq

hook=etc/libvirt/hooks/qemu.d/lendpci

# ready_host: a new one. The daemon starts, by the record, long after any test.
ready_host() {
    rm -rf "${work:?}/ready"
    machine ready
    mkdir -p "$machine/${hook%/*}"
    install -m 755 /bin/true "$machine/$hook"
    echo "btime 4000000000" > "$machine/proc/stat"
    printf '/usr/bin/lendpci\0watch\0' > "$machine/proc/813/cmdline"
}

# expect_only LINE [HINT]: the fault's line, and everything else as on the host that is ready.
expect_only() {
    expect_line "$1"
    [[ -z ${2:-} ]] || expect_line "      hint: $2"
    expect_err ""
    local others
    others=$(grep -v '^      hint:' <<< "$out" | grep -vxF -- "$1" | grep -v '^ok    ' || true)
    [[ -z $others ]] || fail "expected only that line to complain, but also: $others"
}

ready_host
lendpci doctor --sysroot "$machine"
expect_status 0
expect_err ""
expect_out "ok    iommu: the IOMMU is on
ok    interrupt-remapping: interrupts are remapped
ok    vfio-pci: the running kernel has vfio-pci
ok    hook: /etc/libvirt/hooks/qemu.d/lendpci is in place
ok    hook-seen: libvirtd started after the hook was there
ok    service: lendpci.service runs
ok    host-shutdown: at the host's shutdown lendpci-turn-off acts first, then libvirt-guests with what is left (ON_SHUTDOWN=shutdown)
ok    saved-states: no domain with a device has a saved state
ok    definitions: 1 of 1 domains have devices of this host
ok    host-display: the host's screen does not depend on a single graphics card
ok    drivers: no driver that is known to hang is in use on what could be lent
ok    loans: no loan needs attention
ok    settings: the configuration in /etc/lendpci is valid"

lendpci doctor --json --sysroot "$machine"
expect_status 0
expect_json 'length == 13 and all(.result == "ok") and .[0].check == "iommu" and .[0].hint == null'

# --- the kernel --------------------------------------------------------------------------------------

ready_host
rm -rf "$machine/sys/kernel/iommu_groups"
lendpci doctor --sysroot "$machine"
expect_status 1
expect_only "fail  iommu: the IOMMU is off: no device can be lent" \
    "put intel_iommu=on on the kernel's command line: GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub or grub2-mkconfig, and boot"

echo "root=/dev/sda1 intel_iommu=off" > "$machine/proc/cmdline"
lendpci doctor --sysroot "$machine"
expect_line "      hint: take intel_iommu=off off the kernel's command line, in /etc/default/grub, then update-grub or grub2-mkconfig, and boot"

echo "root=/dev/sda1" > "$machine/proc/cmdline"
echo "vendor_id : AuthenticAMD" > "$machine/proc/cpuinfo"
rm "$machine/sys/firmware/acpi/tables/DMAR"
lendpci doctor --sysroot "$machine"
expect_line "      hint: switch it on in the firmware's setup, where it is called IOMMU or AMD-Vi"
lendpci doctor --json --sysroot "$machine"
expect_status 1
expect_json '.[0].result == "fail" and (.[0].hint | startswith("switch it on"))'

ready_host
sed -i 's/ IR-/ /' "$machine/proc/interrupts"
lendpci doctor --sysroot "$machine"
expect_status 1
expect_only "fail  interrupt-remapping: interrupts are not remapped: the kernel refuses to lend, since a VM could forge them"

ready_host
echo 6.1.0-99-amd64 > "$machine/proc/sys/kernel/osrelease"
lendpci doctor --sysroot "$machine"
expect_status 1
expect_only "fail  vfio-pci: the running kernel has no vfio-pci module"

# --- the hook ----------------------------------------------------------------------------------------

ready_host
rm "$machine/$hook"
lendpci doctor --sysroot "$machine"
expect_status 1
expect_only "fail  hook: /etc/libvirt/hooks/qemu.d/lendpci is not there: VMs start with nobody looking after their devices" \
    "install lendpci again: ./install.sh puts it there and reloads libvirt"

ln -s /usr/lib/lendpci/hook "$machine/$hook"
lendpci doctor --sysroot "$machine"
expect_status 1
expect_only "fail  hook: /etc/libvirt/hooks/qemu.d/lendpci is no regular file: AppArmor lets libvirt run a real file only"

ready_host
chmod 644 "$machine/$hook"
lendpci doctor --sysroot "$machine"
expect_status 1
expect_only "fail  hook: /etc/libvirt/hooks/qemu.d/lendpci is not executable: libvirt passes it over in silence" \
    "chmod 755 /etc/libvirt/hooks/qemu.d/lendpci"

ready_host
echo "btime 1000000000" > "$machine/proc/stat"
lendpci doctor --sysroot "$machine"
expect_status 0
expect_only "warn  hook-seen: the hook is newer than the start of libvirtd, which sees it only if it was reloaded since" \
    "systemctl reload libvirtd; running VMs are not touched"

# --- the host's shutdown -----------------------------------------------------------------------------

ready_host
rm -r "$machine/proc/813"
lendpci doctor --sysroot "$machine"
expect_status 0
expect_only "warn  service: lendpci.service does not run: nobody repairs edited definitions and lost loans" \
    "systemctl enable --now lendpci.service; 'journalctl -u lendpci' tells why it ended"

ready_host
rm "$machine/etc/systemd/system/multi-user.target.wants/lendpci-turn-off.service"
lendpci doctor --sysroot "$machine"
expect_line "ok    host-shutdown: at the host's shutdown libvirt-guests acts first and shuts VMs down"
rm "$machine/etc/default/libvirt-guests"
lendpci doctor --sysroot "$machine"
expect_status 0
expect_only "warn  host-shutdown: at the host's shutdown libvirt-guests acts first and tries to save VMs (ON_SHUTDOWN=suspend), which fails with devices"

# Masked, it does nothing, though it is among what is to be started.
ln -s /dev/null "$machine/etc/systemd/system/libvirt-guests.service"
lendpci doctor --sysroot "$machine"
expect_only "warn  host-shutdown: at the host's shutdown nobody shuts VMs down: they are killed"

echo 'auto_shutdown_try_save = "persistent"' > "$machine/etc/libvirt/qemu.conf"
lendpci doctor --sysroot "$machine"
expect_only "warn  host-shutdown: at the host's shutdown libvirt tries to save VMs (auto_shutdown_try_save=persistent), which fails with devices"

# --- domains and loans -------------------------------------------------------------------------------

ready_host
mkdir -p "$machine/var/lib/libvirt/qemu/save"
touch "$machine/var/lib/libvirt/qemu/save/win11.save"
lendpci doctor --sysroot "$machine"
expect_status 1
expect_only "fail  saved-states: win11: has a saved state from before its devices, and does not start until that is dropped" \
    "virsh managedsave-remove win11"

ready_host
echo '<domain>' > "$machine/etc/libvirt/qemu/broken.xml"
lendpci doctor --sysroot "$machine"
expect_status 0
expect_only "warn  definitions: 1 definition in /etc/libvirt/qemu could not be read or has a policy that is not understood"

ready_host
mkdir -p "$machine/proc/900/fd"
echo Xorg > "$machine/proc/900/comm"
ln -s /dev/nvidia0 "$machine/proc/900/fd/5"
lendpci doctor --sysroot "$machine"
expect_status 0
expect_only "warn  drivers: 0000:01:00.0: its driver nvidia waits without end, unkillably, when it is unbound while in use"

# No process has the card open: the kernel itself does.
ready_host
mkdir -p "$machine/sys/module/nvidia_drm/parameters"
echo Y > "$machine/sys/module/nvidia_drm/parameters/modeset"
echo Y > "$machine/sys/module/nvidia_drm/parameters/fbdev"
lendpci doctor --sysroot "$machine"
expect_status 0
expect_only "warn  drivers: 0000:01:00.0: nvidia_drm has it open inside the kernel (modeset=Y, fbdev=Y, so the text console too): unbinding its driver nvidia may wait for that without end" \
    "stop the display manager and 'modprobe -r nvidia_drm' before the VM starts; or put 'options nvidia_drm modeset=0 fbdev=0' into /etc/modprobe.d and boot"
echo N > "$machine/sys/module/nvidia_drm/parameters/modeset"
lendpci doctor --sysroot "$machine"
expect_line "ok    drivers: no driver that is known to hang is in use on what could be lent"

ready_host
mkdir -p "$machine/run/lendpci/loans" "$machine/run/lendpci/set-aside"
touch "$machine/run/lendpci/set-aside/0000:01:00.0.json"
lendpci doctor --sysroot "$machine"
expect_status 0
expect_only "warn  loans: 1 damaged journal entry was set aside"

echo nonsense > "$machine/run/lendpci/loans/0000:01:00.0.json"
lendpci doctor --sysroot "$machine"
expect_status 1
expect_only "fail  loans: 0000:01:00.0: its journal entry is damaged"

ready_host
mkdir -p "$machine/etc/lendpci"
echo "holders = perhaps" > "$machine/etc/lendpci/lendpci.conf"
lendpci doctor --sysroot "$machine"
expect_status 1
expect_only "fail  settings: /etc/lendpci/lendpci.conf:1: holders: 'perhaps' is not one of refuse, wait, stop, release, ignore"

# Before anybody was lent anything and without libvirt, the only display is worth a word.
machine gtx-1080
lendpci doctor --sysroot "$machine"
expect_status 1
expect_line "warn  host-display: 0000:01:00.0: it is the host's only display: the host has no screen while it is lent"

# --- what other tools have left ------------------------------------------------------------------------

ready_host
cat > "$machine/etc/libvirt/hooks/qemu" << 'SCRIPT'
#!/bin/bash
virsh nodedev-detach pci_0000_01_00_0
SCRIPT
lendpci doctor --sysroot "$machine"
expect_status 0
expect_only "warn  leftovers: the hook script /etc/libvirt/hooks/qemu calls virsh, which may wait for libvirt for ever while libvirt waits for its hooks" \
    "take it away, or what of it concerns devices, and 'lendpci assign' the device"

ready_host
mkdir -p "$machine/etc/libvirt/hooks/qemu.d/win11/prepare/begin"
printf '#!/bin/sh\nlogger a VM starts\n' > "$machine/etc/libvirt/hooks/qemu.d/log"
lendpci doctor --sysroot "$machine"
expect_only "warn  leftovers: /etc/libvirt/hooks/qemu.d/win11 has scripts for single operations, as VFIO-Tools lays them out"

ready_host
name=$(sed -n 's|.*<name>\(.*\)</name>.*|\1|p' "$machine"/etc/libvirt/qemu/*.xml | head -n 1)
echo "ro vfio-pci.ids=8086:1234,10de:2684" > "$machine/proc/cmdline"
lendpci doctor --sysroot "$machine"
expect_only "warn  leftovers: vfio-pci.ids= on the kernel's command line keeps every 10de:2684 on vfio-pci, and 0000:01:00.0 of $name is one: the host never gets it back"
echo "ro vfio-pci.ids=8086:1234" > "$machine/proc/cmdline"
lendpci doctor --sysroot "$machine"
expect_status 0
[[ $out != *leftovers* ]] || fail "expected nothing of a card that no VM has"

mkdir -p "$machine/etc/modprobe.d" "$machine/etc/driverctl.d"
echo "options vfio-pci disable_vga=1 ids=10de:2684" > "$machine/etc/modprobe.d/vfio.conf"
echo vfio-pci > "$machine/etc/driverctl.d/0000:01:00.0"
lendpci doctor --sysroot "$machine"
expect_only "warn  leftovers: 'options vfio-pci ids=' in /etc/modprobe.d/vfio.conf keeps every 10de:2684 on vfio-pci, and 0000:01:00.0 of $name is one: the host never gets it back (and 1 more)"
rm "$machine/etc/modprobe.d/vfio.conf"
lendpci doctor --sysroot "$machine"
expect_only "warn  leftovers: driverctl has an override for 0000:01:00.0 of $name: the host never gets it back" \
    "driverctl unset-override 0000:01:00.0"
