#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What install.sh says and does around the build: services, two prefixes, apt, root. The build is an invented one; the real
# one is installed in the lab.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

tree=$work/tree root=$work/root hook=/etc/libvirt/hooks/qemu.d/lendpci
mkdir -p "$tree/build/release" "$root" "$work/bin"
cp "$here/../../install.sh" "$tree/"
cat > "$work/bin/cmake" << 'STUB'
#!/bin/sh
# cmake --install DIR, to the prefix that install.sh would have configured
prefix=${STUB_PREFIX:-/usr}
mkdir -p "$DESTDIR$prefix/bin" "$DESTDIR$prefix/lib/systemd/system" "$DESTDIR/etc/libvirt/hooks/qemu.d"
echo "lendpci of $prefix" > "$DESTDIR$prefix/bin/lendpci"
echo "hook of $prefix" > "$DESTDIR/etc/libvirt/hooks/qemu.d/lendpci"
printf '[Install]\nWantedBy=multi-user.target\n' > "$DESTDIR$prefix/lib/systemd/system/lendpci.service"
STUB
chmod +x "$work/bin/cmake"

# install ARGUMENT...: sets $out, $err and $status.
install() {
    status=0
    (cd "$tree" && DESTDIR=$root PATH=$work/bin:$PATH ./install.sh "$@") > "$work/out" 2> "$work/err" || status=$?
    out=$(< "$work/out") err=$(< "$work/err")
}

# What it enables is said before and while it does so.
install --no-build --dry-run
expect_status 0
[[ $out == *"enables lendpci.service"*"lendpci-turn-off.service"* ]] || fail "expected the services in --dry-run: $out"
[[ -z $(ls -A "$root") ]] || fail "--dry-run wrote something"
install --no-build
expect_status 0
[[ $out == *"enables lendpci.service"*"lendpci-turn-off.service"* ]] || fail "expected the services with DESTDIR: $out"
[[ $out == *"not started: no systemd runs below $root"* ]] || fail "expected that nothing is started: $out"
[[ $(< "$root$hook") == "hook of /usr" ]] || fail "expected the hook"
[[ -z $(find "$root/etc/libvirt" -name '*.new') ]] || fail "a file is left from the installation"

# Again is an upgrade; another prefix would take the hook away from the first.
install --no-build
expect_status 0
STUB_PREFIX=/opt/other install --no-build --prefix /opt/other
expect_status 1
expect_err "install.sh: lendpci is installed in $root/usr, and libvirt looks for one hook only
hint: ./install.sh --uninstall --prefix /usr first"
[[ $(< "$root$hook") == "hook of /usr" && ! -e $root/opt ]] || fail "the other prefix was written"
install --uninstall --prefix /opt/other
expect_status 0
[[ $out == *"lendpci is in /usr: --prefix /usr"* ]] || fail "expected where it is: $out"
[[ -e $root$hook ]] || fail "the hook was taken away with another prefix"

# A version that did not say whose the hook is.
rm "$root/etc/lendpci/prefix"
STUB_PREFIX=/opt/other install --no-build --prefix /opt/other
expect_status 1
install --no-build

install --uninstall
expect_status 0
[[ -z $(find "$root" ! -type d) ]] || fail "left behind: $(find "$root" ! -type d)"
STUB_PREFIX=/opt/other install --no-build --prefix /opt/other
expect_status 0
[[ $(< "$root$hook") == "hook of /opt/other" ]] || fail "expected the other hook"

# apt's own words are for who has to mend what it could not do.
cat > "$work/bin/dpkg-query" << 'STUB'
#!/bin/sh
exit 1
STUB
cat > "$work/bin/apt-get" << STUB
#!/bin/sh
echo "apt: noise: \$*"
echo "apt: noise on stderr" >&2
case \$* in
*update*) touch "$work/updated" ;;
*) [ -e "$work/updated" ] && [ ! -e "$work/broken" ] ;;
esac
STUB
chmod +x "$work"/bin/*
if [[ $EUID -eq 0 ]]; then
    install --need demo
    expect_status 0
    [[ $out$err != *noise* ]] || fail "apt is heard: $out $err"
    touch "$work/broken"
    install --need demo
    expect_status 1
    [[ $err == *"apt: noise"*"apt could not install"* ]] || fail "expected what apt said: $err"
fi

# What no VM runs without is named, each with its package. A host that has both says nothing.
status=0
out=$(cd "$tree" && env -u DESTDIR PATH="$work/bin:$PATH" ./install.sh --no-build --dry-run 2>&1) || status=$?
expect_status 0
for lack in "libvirt libvirtd virtqemud libvirt-daemon-system" "QEMU qemu-system-x86_64 /usr/libexec/qemu-kvm qemu-system-x86"; do
    read -r name one other package <<< "$lack"
    if command -v "$one" "$other" "/usr/sbin/$one" > /dev/null; then
        [[ $out != *"$name is not installed"* ]] || fail "$name is here: $out"
    elif command -v apt > /dev/null; then
        [[ $out == *"$name is not installed, without which no VM runs: apt install $package"* ]] || fail "expected $name to be named: $out"
    fi
done

# Who is not root is told the whole command.
command -v setpriv > /dev/null || { echo "skipped: no setpriv here"; exit 77; }
as_nobody=()
if [[ $EUID -eq 0 ]]; then as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups); fi
chmod -R a+rX "$work"
cd "$tree"
err=$("${as_nobody[@]}" env -u DESTDIR TMPDIR=/tmp ./install.sh --no-build --prefix /usr/local 2>&1 > /dev/null) && fail "expected a refusal"
expect_err "install.sh: installing needs root
hint: sudo ./install.sh --no-build --prefix /usr/local"
