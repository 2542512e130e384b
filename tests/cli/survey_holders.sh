#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey says who has a device that no process of the host has open: pools, exports, VMs of others, and their parts.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
requires jq

# expect_use DEVICE LINE...: it cannot be lent now, and these are all its users, as people and programs are told.
expect_use() {
    local device=$1 expected
    shift
    expected=$(printf '%s\n' "$@")
    lendpci survey --json --sysroot "$machine" "$device"
    expect_status 0
    expect_json '.[0].assignable == false'
    expect_json '[.[0].reasons[] | select(.code == "in-use")] | length == 1'
    [[ $(jq -r '.[0].holders[] | "\(.command)|\(.pid)|\(.unit)|\(.node)"' <<< "$out") == "$expected" ]] ||
        fail "expected the holders: $expected"
    lendpci survey --sysroot "$machine" "$device"
    expect_line "  verdict     cannot be lent now"
}

# expect_free DEVICE
expect_free() {
    lendpci survey --json --sysroot "$machine" "$1"
    expect_status 0
    expect_json '.[0].assignable and .[0].holders == []'
}

machine held/disks
expect_free c1:00.0
expect_free c3:00.0

machine held/zfs
expect_use c1:00.0 "zfs pool rpool|null|null|/dev/nvme0n1p3"
expect_use c3:00.0 "zfs pool tank|null|null|/dev/sda1"
lendpci survey --sysroot "$machine" c1:00.0
expect_line "  error       in use by zfs pool rpool: /dev/nvme0n1p3"

# Exported, the pool is data at rest, as a file system is that is not mounted.
rm -r "$machine/proc/spl/kstat/zfs/tank"
expect_free c3:00.0

machine held/mounted
expect_use c1:00.0 "mount|null|null|/dev/nvme0n1p3 on /"
expect_use c3:00.0 "mount|null|null|/dev/sda1 on /tank"

machine held/exported
expect_use c1:00.0 "LIO|null|null|backstore iblock_0/vm-images on /dev/nvme0n1p1"
expect_use c3:00.0 "nvmet|null|null|subsystem nqn.2014-08.org.example:disks on /dev/sda"

machine held/mdev
mdev="mdev 5bfcd486-c5eb-43e4-a5ee-97366690106f of type i915-GVTg_V5_4"
expect_use 00:02.0 "qemu-system-x86|4242|machine-qemu\\x2d1\\x2dwin10.scope|/dev/vfio/12 ($mdev)"
rm "$machine/proc/4242/fd/33"
expect_use 00:02.0 "mdev|null|null|${mdev#mdev }"
rm "$machine"/sys/bus/mdev/devices/*
expect_free 00:02.0

machine held/foreign-vm
expect_use 3b:00.0 "kvm|4242|100.scope|/dev/vfio/31"
rm "$machine/proc/4242/fd/30"
expect_free 3b:00.0
# The same by iommufd, whose node is the function's own.
mkdir -p "$machine/sys/bus/pci/devices/0000:3b:00.0/vfio-dev/vfio0"
ln -s /dev/vfio/devices/vfio0 "$machine/proc/4242/fd/31"
expect_use 3b:00.0 "kvm|4242|100.scope|/dev/vfio/devices/vfio0"

machine held/sound-server
expect_use 01:00.1 "pipewire|1450|pipewire.service|/dev/snd/controlC1"
# Nearly every desktop: the sound server has the audio function open, which goes along with the GPU.
expect_use 01:00.0 "pipewire|1450|pipewire.service|/dev/snd/controlC1"
expect_line "  error       in use by pipewire (pid 1450, pipewire.service): /dev/snd/controlC1, through"

# A physical function is in use while one of its virtual ones is there for a VM.
machine sriov
expect_use 03:00.0 "virtual function|null|null|0000:03:00.2 on vfio-pci"
expect_free 03:00.2

# What no search for users can find is told by doctor.
machine held/kernel-user
lendpci doctor --sysroot "$machine"
expect_line "warn  drivers: 0000:01:00.0: nvidia_drm has it open inside the kernel (modeset=Y, fbdev=Y, so the text console too): unbinding its driver nvidia may wait for that without end"
