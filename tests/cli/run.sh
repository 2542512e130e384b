#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run: the command that QEMU is run with, as --dry-run prints it over recorded hosts; and, without a device, a process that
# passes signals on and an exit status back.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# words: what is printed, as a shell reads it, one a line.
words() { eval "printf '%s\n' $out"; }
expect_word() { words | grep -qxF -- "$1" || fail "expected the word: $1"; }

machine gtx-1080
lendpci run -n --sysroot "$machine" --device 01:00.0 -- qemu-system-x86_64 -machine q35,accel=kvm -cpu host -m 8G -name "a b"
expect_status 0
# The card's audio function goes along, in the same port of the guest.
expect_word "pcie-root-port,id=lendpci-port0,bus=pcie.0,chassis=200"
expect_word "vfio-pci,host=0000:01:00.0,bus=lendpci-port0,addr=0x0.0x0,multifunction=on"
expect_word "vfio-pci,host=0000:01:00.1,bus=lendpci-port0,addr=0x0.0x1"
# What was typed comes first and is as it was; the loan has QEMU's UUID.
[[ $(words | head -n 9 | xargs -d '\n' printf '%s|') == "qemu-system-x86_64|-machine|q35,accel=kvm|-cpu|host|-m|8G|-name|a b|" ]] || fail "expected the command as it was"
expect_word "-uuid"
lendpci run -n --sysroot "$machine" --device 01:00.0 -- qemu-system-x86_64 -M q35 -uuid 11111111-2222-3333-4444-555555555555
[[ $(words | grep -cx -- -uuid) == 1 ]] || fail "expected the UUID that was given"
lendpci run -n --sysroot "$machine" --device 01:00.0 -- qemu-system-x86_64 -uuid nonsense
expect_status 2
expect_err "lendpci: -uuid nonsense: it is no UUID"

# i440fx has no PCI Express.
lendpci run -n --sysroot "$machine" --device 01:00.0 -- qemu-system-x86_64
expect_status 0
expect_word "vfio-pci,host=0000:01:00.0"
expect_word "vfio-pci,host=0000:01:00.1"

# A card with 80 GiB of memory, and a firmware whose window is too small: the window is told to it, and said.
machine h100-x8
lendpci run -n --sysroot "$machine" --device 1b:00.0 -- qemu-system-x86_64 -M q35,accel=kvm -cpu Haswell -m 8G \
    -drive if=pflash,format=raw,readonly=on,file=/nowhere/OVMF_CODE.fd
expect_status 0
words | grep -qE '^name=opt/ovmf/X-PciMmio64Mb,string=(131072|262144)$' || fail "expected a window of OVMF"
words | grep -qE '^q35-pcihost.pci-hole64-size=[0-9]+$' || fail "expected the hole"
[[ $err == "qemu: note: "* ]] || fail "expected to be told why"
# Somebody's own is left alone.
lendpci run -n --sysroot "$machine" --device 1b:00.0 -- qemu-system-x86_64 -M q35,accel=kvm -cpu Haswell -m 8G \
    -drive if=pflash,format=raw,readonly=on,file=/nowhere/OVMF_CODE.fd -fw_cfg name=opt/ovmf/X-PciMmio64Mb,string=262144
expect_status 0
[[ $(words | grep -c X-PciMmio64Mb) == 1 ]] || fail "expected one window"
# Two cards are two ports.
lendpci run -n --sysroot "$machine" --device 1b:00.0 --device 2b:00.0 -- qemu-system-x86_64 -M q35 -cpu host -m 8G
expect_word "vfio-pci,host=0000:1b:00.0,bus=lendpci-port0,addr=0x0.0x0"
expect_word "vfio-pci,host=0000:2b:00.0,bus=lendpci-port1,addr=0x0.0x0"

# What a start refuses, run refuses.
machine held/zfs
disk=$("$LENDPCI" survey --json --sysroot "$machine" | sed -n 's/.*"address": "\(.*\)".*/\1/p' | head -n 1)
lendpci run -n --sysroot "$machine" --device "$disk" -- qemu-system-x86_64
expect_status 1
[[ $err == *"$disk: in use by "* ]] || fail "expected a refusal"

lendpci run
expect_status 2
expect_err "lendpci: run: QEMU is missing
hint: 'lendpci run --help' shows how"
lendpci run --sysroot "$machine" -- true
expect_status 2

# A process that stands for another. It needs root, as whoever lends does.
[[ $EUID == 0 ]] || exit 0
lendpci run -- sh -c 'exit 7'
expect_status 7
expect_err ""
lendpci run -- sh -c 'kill -KILL $$'
expect_status 137
lendpci run -- sh -c 'echo "$@"' sh --json -q
expect_status 0
expect_out "--json -q -uuid ${out##* }"
lendpci run -- /no/such/qemu
expect_status 1
expect_err "/no/such/qemu: it cannot be run: No such file or directory"
for signal in TERM INT HUP USR1; do
    # A shell in the background ignores SIGINT, and so would all that it starts.
    env --default-signal=INT,QUIT "$LENDPCI" run -- sh -c "trap 'echo got $signal; exit 5' $signal; echo ready; while :; do sleep 0.05; done" \
        > "$work/out" 2> "$work/err" &
    child=$!
    for ((i = 0; i < 1200; i++)); do
        ! grep -q ready "$work/out" || break
        sleep 0.05
    done
    kill -s $signal $child
    status=0
    wait $child || status=$?
    out=$(< "$work/out")
    expect_status 5
    expect_line "got $signal"
done
