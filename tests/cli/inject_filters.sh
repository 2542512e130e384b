#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# inject: a domain's XML in, the same with devices out, without a libvirt; hostile XML is told in one line.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

machine lab

# inject DEVICE... with $xml on standard input
inject() { lendpci inject --sysroot "$machine" "$@" <<< "$xml"; }

xml="<domain><name>a</name><os><type machine='q35'/></os><devices/></domain>"
inject 02:00.0
expect_status 0
grep -qF "<controller type='pci' index='1' model='pcie-root-port'>" <<< "$out" || fail "expected a root port"

xml='<!DOCTYPE domain [<!ENTITY file SYSTEM "file:///etc/passwd">]><domain><name>&file;</name></domain>'
inject 02:00.0
expect_status 1
expect_out ""
expect_err "standard input: line 1: a document type declaration is not allowed in a domain's XML"

xml=""
inject 02:00.0
expect_status 1
expect_out ""

xml=$'<domain>\e[31m</domain>'
inject 02:00.0
expect_status 1
[[ $err != *$'\e'* ]] || fail "expected no escape sequence"

lendpci inject 02:00.0 --sysroot "$machine" < <(head -c 17M /dev/zero)
expect_status 1
expect_err "standard input: the XML has 16777217 bytes, more than 16 MiB"

# A full disk is no success, whether what is written fits a buffer, which is 4096 bytes, or is longer.
for name in empty-metadata q35 virt-manager; do
    status=0
    "$LENDPCI" inject 02:00.0 --sysroot "$machine" < "$here/../data/domains/$name.xml" > /dev/full 2> "$work/err" ||
        status=$?
    err=$(< "$work/err")
    expect_status 1
    expect_err "standard output: No space left on device"
done
