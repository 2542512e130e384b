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

# A hook that calls libvirt deadlocks it, so it must not even be linked.
if ldd "$HOOK" | grep -q libvirt; then
    fail "expected a hook without libvirt"
fi

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
hint: libvirt calls this program; the command for people is 'lendpci', see lendpci(1)"

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
