#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What an expert would say of hosts that people really have, each made from a recorded machine.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$(dirname "$0")/libvirt.sh"
requires jq

# expect_hint CODE PATTERN, expect_no_hint CODE PATTERN: of the first device in survey's JSON.
hint_of() { jq -r --arg code "$1" '.[0].reasons[] | select(.code == $code) | .hint // ""' <<< "$out"; }
expect_hint() { [[ $(hint_of "$1") == *"$2"* ]] || fail "expected the hint of $1 to have: $2"; }
expect_no_hint() { [[ $(hint_of "$1") != *"$2"* ]] || fail "expected the hint of $1 not to have: $2"; }

# --- vendor-reset: a hint never tells to load what is loaded ------------------------------------------

machine radeon
gpu=2d:00.0
echo bus > "$machine/sys/bus/pci/devices/0000:$gpu/reset_method"
lendpci survey --sysroot "$machine" --json "$gpu"
expect_hint suspect-reset "look for the vendor-reset kernel module"
mkdir -p "$machine/sys/module/vendor_reset"
lendpci survey --sysroot "$machine" --json "$gpu"
expect_hint suspect-reset "reset='device_specific'"
expect_no_hint suspect-reset "look for"

# --- behind a bridge to conventional PCI no firmware setting helps ------------------------------------

cat > "$work/conventional.machine" << 'MACHINE'
0000:00:1e.0
	ids 8086:244e 8086:244e
	class 060401
	group 9
	pcie pci-bridge
0000:08:04.0 below 0000:00:1e.0
	ids 1102:0004 1102:1007
	class 040100
	driver snd_emu10k1
	group 9
	bar 0 32 64 io @d000
	can intx
0000:08:05.0 below 0000:00:1e.0
	ids 14f1:8800 0070:9002
	class 040000
	driver cx8800
	group 9
	bar 0 32 16M @f4000000
	can intx
MACHINE
mkdir "$work/conventional"
"$MAKE_MACHINE" "$work/conventional.machine" "$work/conventional"
lendpci survey --sysroot "$work/conventional" --json 08:05.0
expect_no_hint acs-missing "firmware"
expect_hint acs-missing "use a PCI Express card"
expect_hint group-shared "behind a bridge to conventional PCI"

# --- nvidia_drm inside the kernel: survey says what doctor says ---------------------------------------

machine held/kernel-user
lendpci survey --sysroot "$machine" --json 01:00.0
expect_json '.[0].reasons | map(select(.code == "driver-hangs" and .severity == "warning")) | length == 1'
expect_hint driver-hangs "modprobe -r nvidia_drm"
lendpci doctor --sysroot "$machine"
grep -q '^warn  drivers: 0000:01:00.0: nvidia_drm' <<< "$out" || fail "expected doctor to warn of nvidia_drm"

# --- interrupts that are not remapped, and whoever accepted that --------------------------------------

machine ready
sed -i 's/IR-//' "$machine/proc/interrupts"
lendpci doctor --sysroot "$machine"
grep -q '^fail  interrupt-remapping: ' <<< "$out" || fail "expected doctor to fail"
mkdir -p "$machine/sys/module/vfio_iommu_type1/parameters"
echo Y > "$machine/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"
lendpci doctor --sysroot "$machine"
grep -q '^warn  interrupt-remapping: .*allow_unsafe_interrupts' <<< "$out" || fail "expected doctor to warn"

# --- a virtual function that was assigned, and is not created yet -------------------------------------

machine sriov
lendpci inject --sysroot "$machine" 03:00.2 < "$here/../data/domains/q35.xml"
expect_status 0
echo "$out" > "$work/with-vf.xml"
name=$(sed -n 's|.*<name>\(.*\)</name>.*|\1|p' "$work/with-vf.xml" | head -n 1)
libvirt_with "$work/with-vf.xml"
for function in 0000:03:00.1 0000:03:00.2; do
    path=$(realpath "$machine/sys/bus/pci/devices/$function")
    rm -r "$machine/sys/bus/pci/devices/$function" "$path"
done
rm -f "$machine"/sys/bus/pci/devices/0000:03:00.0/virtfn*
echo 0 > "$machine/sys/bus/pci/devices/0000:03:00.0/sriov_numvfs"
lendpci check --connect "$uri" --sysroot "$machine" "$name"
expect_status 1
expect_err "$name: 0000:03:00.2: it is a virtual function, and its physical function 0000:03:00.0 has none now
hint: 'lendpci vfs 0000:03:00.0 COUNT' makes them (2 at most), now and at each boot from then on"

# --- a part of the platform that would go along -------------------------------------------------------

machine gtx-1080
echo 0x0c0500 > "$machine/sys/bus/pci/devices/0000:01:00.1/class"
lendpci survey --sysroot "$machine" --json 01:00.0
expect_json '.[0].assignable == false and ([.[0].reasons[] | select(.code == "platform-along")] | length == 1)'

# --- a BAR without an address, isolation that is pretended, a group with a member on vfio-pci, processor graphics ------

machine rtx-4090
resource=$machine/sys/bus/pci/devices/0000:01:00.0/resource
sed -i '2s/.*/0x0000000000000000 0x00000003ffffffff 0x000000000014220c/' "$resource"
lendpci survey --sysroot "$machine" --json 01:00.0
expect_json '.[0].assignable == false and ([.[0].reasons[] | select(.code == "no-address").text] == ["its memory BAR 1 of 16 GiB has no address on the host, so a guest would see 0 bytes of it"])'
lendpci inject --sysroot "$machine" 01:00.0 < "$here/../data/domains/q35.xml"
expect_status 1

lendpci survey --sysroot "$work/conventional" --json 08:05.0
expect_json '[.[0].reasons[].code] | index("acs-override") | not'
echo "ro quiet pcie_acs_override=downstream,multifunction" > "$work/cmdline"
mkdir -p "$work/conventional/proc"
cp "$work/cmdline" "$work/conventional/proc/cmdline"
lendpci survey --sysroot "$work/conventional" --json 08:05.0
expect_json '.[0].reasons | map(select(.code == "acs-override").text) | .[0] | startswith("pcie_acs_override=downstream,multifunction")'

ln -sfn "$(realpath -m --relative-to="$work/conventional/sys/bus/pci/devices/0000:08:04.0" "$work/conventional/sys/bus/pci/drivers/vfio-pci")" \
    "$(realpath "$work/conventional/sys/bus/pci/devices/0000:08:04.0")/driver"
lendpci survey --sysroot "$work/conventional" --json 08:05.0
expect_json '.[0].reasons | map(select(.code == "group-on-vfio").text) == ["its IOMMU group 9 also holds 0000:08:04.0, which is on vfio-pci: only one VM can have them"]'

machine apu
lendpci survey --sysroot "$machine" --json 04:00.0
expect_json '[.[0].reasons[].code] | index("processor-graphics") != null'
