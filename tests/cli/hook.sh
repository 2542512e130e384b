#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The hook as libvirt runs it: quiet, without libvirt in it, and harmless where it has nothing to do.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# hook ARGUMENT... < XML: as lendpci() does for the command.
hook() {
    status=0
    "$HOOK" "$@" > "$work/out" 2> "$work/err" || status=$?
    out=$(< "$work/out")
    err=$(< "$work/err")
}

quiet() {
    expect_status 0
    expect_out ""
    expect_err ""
}

# A hook that calls libvirt deadlocks it, so it must not know one function of it.
if grep -qE 'libvirt(-qemu)?\.so' "$HOOK"; then
    fail "expected a hook without libvirt"
fi

# A VM without passthrough pays for no library: none but the compiler's own is linked, the others are loaded when called.
for program in "$HOOK" "$LENDPCI"; do
    linked=$(readelf --dynamic "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libm|libgcc_s|libasan|libubsan|ld-linux-x86-64)\.so' || true)
    [[ -z $linked ]] || fail "$program is linked with $linked"
done

domain=$here/../data/domains/q35.xml
for operation in prepare start started stopped release reconnect restore migrate an-operation-of-the-future; do
    hook vm "$operation" begin - < "$domain"
    quiet
done

# Not even an XML: what libvirt does not heed must not fail, least of all reconnect, which would kill a running VM.
hook vm reconnect begin - <<< "hostdev, but no XML"
expect_status 0

hook < /dev/null
expect_status 2
expect_out ""
expect_err "usage: lendpci DOMAIN OPERATION SUBOPERATION EXTRA < DOMAIN.XML
hint: libvirt calls this program; to use lendpci, run 'lendpci' (see lendpci(1))"

# Under qemu:///session it runs as the user, who can lend nothing.
if [[ $EUID == 0 ]]; then
    requires setpriv
    cp "$HOOK" "$work/hook"
    chmod 755 "$work" "$work/hook"
    HOOK=$work/hook
    as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups "$HOOK")
    status=0
    "${as_user[@]}" vm prepare begin - <<< "<domain>hostdev" > "$work/out" 2> "$work/err" || status=$?
    out=$(< "$work/out")
    err=$(< "$work/err")
    quiet

    # As root the same text is looked at, and refused with a sentence that names the domain.
    hook vm prepare begin - <<< "<domain>hostdev"
    expect_status 1
    expect_out ""
    [[ $err == "vm: line "* ]] || fail "expected a sentence about vm"
fi

# A saved state is judged by the definition that libvirt keeps, and a VM without devices is restored as if there were no
# hook, whatever is wrong with lendpci's configuration.
unshare --user --map-root-user --mount true 2> /dev/null || exit 0
mkdir -p "$work/etc/libvirt/qemu" "$work/etc/lendpci" "$work/run"
echo "holders = perhaps" > "$work/etc/lendpci/lendpci.conf"

# hook_on_etc ARGUMENT... < XML: the hook where $work/etc is /etc, and $work/run is /run.
hook_on_etc() { in_namespace "mount --bind '$work/etc' /etc && mount --bind '$work/run' /run" "$HOOK" "$@"; }

hook_on_etc t1 restore begin - < "$domain"
quiet
cp "$domain" "$work/etc/libvirt/qemu/t1.xml"
hook_on_etc t1 restore begin - < "$domain"
quiet
sed "s|</devices>|<hostdev mode='subsystem' type='pci' managed='yes'><source><address bus='1' slot='0'/></source></hostdev>&|" \
    "$domain" > "$work/etc/libvirt/qemu/t1.xml"
# At "restore" libvirt 11 would delete the saved state; at the start that follows it keeps it.
hook_on_etc t1 restore begin - < "$domain"
quiet
rm "$work/etc/lendpci/lendpci.conf"
hook_on_etc t1 prepare begin - < "$domain"
expect_status 1
expect_out ""
expect_err "t1: its saved state predates 0000:01:00.0; restoring it would run the VM without it
hint: 'virsh managedsave-remove t1' drops the saved state, 'virsh start --force-boot t1' starts without it; to restore it, unassign the device first"
hook_on_etc t1 prepare begin - < "$domain"
quiet

# With debug = yes it tells the system's journal what it reads, and does the same.
mkdir -p "$work/etc/lendpci"
echo "debug = yes" > "$work/etc/lendpci/lendpci.conf"
hook_on_etc t1 prepare begin - < "$work/etc/libvirt/qemu/t1.xml"
expect_status 1
[[ $err == "t1: 0000:01:00.0: "* ]] || fail "expected what it says without debug"
rm "$work/etc/lendpci/lendpci.conf"

# What happens at every start and stop needs no XML parser, which is most of what could be loaded.
mkdir -p "$work/run/lendpci/loans"
for operation in started release; do
    in_namespace "mount --bind '$work/run' /run" env LD_DEBUG=files "$HOOK" t1 "$operation" begin - \
        < "$work/etc/libvirt/qemu/t1.xml"
    expect_status 0
    grep -q "libc.so" "$work/err" || fail "expected to see what is loaded"
    if grep "libxml2.so" "$work/err"; then fail "expected no XML parser"; fi
done

# A library that is missing ends the hook wherever it is first called. At reconnect a status would make libvirt kill a
# running VM, at restore delete a saved state; a start must fail, and say why.
mkdir -p "$work/run/lendpci/loans"
echo "{}" > "$work/run/lendpci/loans/0000:01:00.0.json"
hide() { # LIBRARY: the words that put it out of reach
    ldconfig -p | sed -n "s|.*$1.* => |mount --bind /dev/null |p" | sed 's/$/ \&\& /' | tr -d '\n'
}
# hook_without LIBRARIES OPERATION
hook_without() {
    local library words=
    for library in $1; do words+=$(hide "$library"); done
    in_namespace "$words mount --bind '$work/etc' /etc && mount --bind '$work/run' /run" "$HOOK" t1 "$2" begin - \
        < "$work/etc/libvirt/qemu/t1.xml"
    expect_out ""
}

for operation in prepare migrate; do
    hook_without libxml2.so "$operation"
    expect_status 1
    [[ $err == "t1: libxml2.so"*" cannot be loaded: "*"hint: install its package again (libxml2"*" on Debian)"* ]] ||
        fail "expected the library and its package by name"
done
# What is to be said is said before the journal is tried.
hook_without libsystemd.so prepare
expect_status 1
[[ $err == "t1: 0000:01:00.0: this host has no such PCI function"* ]] || fail "expected the refusal itself"
for missing in libxml2.so libjansson.so libkmod.so libsystemd.so "libjansson.so libsystemd.so"; do
    for operation in started release reconnect restore; do
        hook_without "$missing" "$operation"
        expect_status 0
    done
done
hook_without libjansson.so reconnect
[[ $err == "t1: libjansson.so"*" cannot be loaded: "* ]] || fail "expected that the journal's library was called for"
