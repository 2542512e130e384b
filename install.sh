#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds and installs lendpci, makes the running libvirt daemon see its hook, and proves that it does: libvirt
# runs only the hooks it knew of when it started or was last reloaded, and says nothing about the others.
#
# Works in a chroot or an image build (no systemd running), with DESTDIR, and any number of times. --uninstall
# takes away what the manifest lists, the folders that were made for it included.
set -euo pipefail

hook=/etc/libvirt/hooks/qemu.d/lendpci # whatever the prefix: libvirt looks nowhere else
owner=/etc/lendpci/prefix              # says whose the hook is
prefix=/usr dry_run=no compile=yes action=install purposes=()
root=${DESTDIR:-}
command_line="./install.sh${*:+ $*}"
source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$source/build/release

# for     apt                 dnf                  pacman
dependencies='
  build   gcc                 gcc                  gcc
  build   make                make                 make
  build   cmake               cmake                cmake
  build   pkg-config          pkgconf-pkg-config   pkgconf
  build   libc6-dev           glibc-devel          glibc
  build   libxml2-dev         libxml2-devel        libxml2
  build   libpci-dev          pciutils-devel       pciutils
  build   libvirt-dev         libvirt-devel        libvirt
  build   libjansson-dev      jansson-devel        jansson
  build   libsystemd-dev      systemd-devel        systemd-libs
  build   libkmod-dev         kmod-devel           kmod
  build   libeconf-dev        libeconf-devel       libeconf
  test    clang               clang                clang
  test    libclang-rt-dev     compiler-rt          compiler-rt
  test    clang-format        clang-tools-extra    clang
  test    libcmocka-dev       libcmocka-devel      cmocka
  test    libvirt-clients     libvirt-client       libvirt
  test    shellcheck          ShellCheck           shellcheck
  test    binutils            binutils             binutils
  test    jq                  jq                   jq
  test    libxml2-utils       libxml2              libxml2
  test    mandoc              mandoc               mandoc
  test    patch               patch                patch
  test    valgrind            valgrind             valgrind
  test    debhelper           -                    -
  test    lintian             -                    -
  test    rpm                 -                    -
  libvirt libvirt-daemon-system libvirt-daemon-kvm libvirt
  QEMU    qemu-system-x86     qemu-kvm             qemu-desktop
  demo    qemu-system-x86     -                    -
  demo    qemu-utils          -                    -
  demo    mmdebstrap          -                    -
  demo    e2fsprogs           -                    -
'

usage() {
    cat << 'USAGE'
usage: ./install.sh [--prefix DIR] [--dry-run]    builds and installs (prefix: /usr)
       ./install.sh --no-build …                  installs what an earlier run has built
       ./install.sh --uninstall [--prefix DIR]    takes everything away again
       ./install.sh --demo                        shows a loan in an emulated machine; installs nothing of lendpci here
       ./install.sh --need build|test|demo        installs only the packages for that
       ./install.sh --help

Installing enables lendpci's services and starts them; --dry-run tells which. To upgrade, run it again with the same
prefix: VMs keep running, with their devices. DESTDIR is honoured. The hook is always /etc/libvirt/hooks/qemu.d/lendpci: libvirt looks for it there.
USAGE
}

# --- telling and doing -----------------------------------------------------------------------------------

step() { echo "==> $1"; }
note() { echo "    $1"; }
die() { # SENTENCE [HINT]
    echo "install.sh: $1" >&2
    [[ -z ${2:-} ]] || echo "hint: $2" >&2
    exit 1
}

# Everything that changes something goes through here, so that --dry-run can tell instead.
run() {
    if [[ $dry_run == yes ]]; then
        note "would run: $*"
    else
        "$@"
    fi
}

# quietly WHAT COMMAND...: its output is shown only when it fails.
quietly() {
    local what=$1
    shift
    if [[ $dry_run == yes ]]; then run "$@"; return; fi
    "$@" > "$log" 2>&1 || { cat "$log" >&2; die "$what failed"; }
}

systemd_runs() { [[ -z $root && -d /run/systemd/system ]]; }
needs_root() { [[ $EUID -eq 0 || -n $root || $dry_run == yes ]] || die "$1 needs root" "sudo $command_line"; }

# --- dependencies ----------------------------------------------------------------------------------------

# packages PURPOSE COLUMN: their names for one package manager.
packages() { awk -v purpose="$1" -v column="$2" '$1 == purpose && $column != "-" { print $column }' <<< "$dependencies"; }

apt_missing() {
    local have
    # A name that dpkg never heard of is left out, and makes it fail.
    have=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" 2> /dev/null || true)
    comm -23 <(printf '%s\n' "$@" | sort) <(sed -n 's/^installed //p' <<< "$have" | sort)
}
# What apt says is shown only when it fails for good: mostly it lacks a fresh list of packages, and gets it here.
apt_install() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get --yes --quiet --no-install-recommends)
    "${apt[@]}" install "$@" > "$log" 2>&1 || { "${apt[@]}" update && "${apt[@]}" install "$@"; } > "$log" 2>&1 || {
        cat "$log" >&2
        return 1
    }
}
dnf_missing() {
    local name
    for name in "$@"; do rpm --quiet --query "$name" || echo "$name"; done
}
dnf_install() { dnf --assumeyes --quiet install "$@"; }
pacman_missing() { pacman --deptest "$@" || true; }
pacman_install() { pacman --sync --needed --noconfirm "$@"; }

# find_manager: sets $manager to this machine's, "" when it has none of them, and $column to where its names are.
find_manager() {
    local candidate
    manager="" column=2
    for candidate in apt dnf pacman; do
        if command -v "$candidate" > /dev/null; then manager=$candidate && return; fi
        column=$((column + 1))
    done
}

# need PURPOSE: installs the packages of that purpose which this machine lacks.
need() {
    local manager column wanted=() missing=()
    find_manager
    if [[ -z $manager ]]; then
        note "no apt, dnf or pacman here: taking it that the libraries of the table in install.sh are installed"
        return
    fi
    mapfile -t wanted < <(packages "$1" "$column")
    ((${#wanted[@]})) || die "--demo builds a Debian system, which needs apt" "run it on Debian or Ubuntu, or in a container of them"
    mapfile -t missing < <("${manager}_missing" "${wanted[@]}")
    if ((${#missing[@]} == 0)); then
        note "all ${#wanted[@]} packages are here"
        return
    fi
    note "missing: ${missing[*]}"
    [[ $EUID -eq 0 || $dry_run == yes ]] || die "installing packages needs root" "sudo $command_line"
    run "${manager}_install" "${missing[@]}" || die "$manager could not install ${missing[*]}"
}

# What VMs run with is not installed here: a host without it is being set up in another order, or is an image.
tell_missing() {
    local manager column
    [[ -z $root ]] || return 0
    find_manager
    command -v libvirtd virtqemud /usr/sbin/libvirtd /usr/sbin/virtqemud > /dev/null || tell_lack libvirt
    command -v qemu-system-x86_64 /usr/libexec/qemu-kvm > /dev/null || tell_lack QEMU
}
tell_lack() { note "$1 is not installed, without which no VM runs${manager:+: $manager install $(packages "$1" "$column")}"; }

# --- build -----------------------------------------------------------------------------------------------

build() {
    # An unchanged tree is not configured again; cmake --build does so by itself where a file asks for it.
    if ! grep -qsxF "CMAKE_INSTALL_PREFIX:PATH=$prefix" "$build/CMakeCache.txt"; then
        quietly "configuring the build" cmake -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLENDPCI_TESTS=OFF \
            -DCMAKE_INSTALL_PREFIX="$prefix"
    fi
    quietly "the build" cmake --build "$build" --parallel
}

# --- install ---------------------------------------------------------------------------------------------

manifest_file() { echo "$root$prefix/share/lendpci/manifest"; }

# entries KIND [FILE]: the paths of one kind in a manifest.
entries() { sed -n "s/^$1 //p" "${2:-$(manifest_file)}" 2> /dev/null || true; }

# write_manifest STAGED: what will be installed, and which folders have to be made for it. A folder that an
# earlier installation made stays listed: it exists now, but nobody else wants it.
write_manifest() {
    local stage=$1 path
    mkdir -p "$stage$prefix/share/lendpci"
    : > "$stage$prefix/share/lendpci/manifest"
    (cd "$stage" && find . ! -type d) | sed 's/^\./file /' | sort > "$scratch/manifest"
    (cd "$stage" && find . -mindepth 1 -type d) | sed 's/^\.//' | sort | while read -r path; do
        if [[ ! -d $root$path ]] || entries dir | grep -qxF "$path"; then echo "dir $path"; fi
    done >> "$scratch/manifest"
    cp "$scratch/manifest" "$stage$prefix/share/lendpci/manifest"
}

remove_files() { # STDIN: paths
    local path
    while read -r path; do rm -f "$root$path"; done
}

# Of two installations one would have its hook replaced, and lose it when the other is uninstalled.
refuse_another() {
    local other=""
    if [[ -e $root/usr/libexec/lendpci/hooks/lendpci ]]; then
        die "lendpci is installed here as a package, whose hook this would replace" "apt purge lendpci, or dnf remove lendpci, first"
    fi
    if [[ -e $root$owner ]]; then
        other=$(< "$root$owner")
    else # a version that did not say
        for other in /usr /usr/local ""; do
            if entries file "$root$other/share/lendpci/manifest" | grep -qxF "$hook"; then break; fi
        done
    fi
    [[ -z $other || $other == "$prefix" || ! -e $root$other/share/lendpci/manifest ]] ||
        die "lendpci is installed in $root$other, and libvirt looks for one hook only" "./install.sh --uninstall --prefix $other first"
}

# partner PATH: where a file waits to be renamed to PATH; not beside the hook, where libvirt would run it.
partner() {
    if [[ $1 == "$hook" ]]; then echo "${1%/*/*}/lendpci.new"; else echo "$1.new"; fi
}

install_files() {
    local stage=$scratch/stage was=""
    [[ ! -f $root$hook ]] || was=$(cksum < "$root$hook")
    if [[ $dry_run == yes ]]; then
        run cmake --install "$build"
        note "would write: $(manifest_file)"
        hook_changed=yes
        return
    fi
    DESTDIR=$stage quietly "cmake --install" cmake --install "$build"
    [[ -f $stage$hook && ! -L $stage$hook ]] || die "the build has no hook for $hook"
    mkdir -p "$stage${owner%/*}"
    echo "$prefix" > "$stage$owner"
    write_manifest "$stage"
    # What an older version had and this one has not.
    if [[ -f $(manifest_file) ]]; then
        comm -13 <(entries file "$scratch/manifest") <(entries file) | remove_files
    fi
    # Each file is renamed into place: a hook that libvirtd starts meanwhile is the old one or the new one, whole.
    local path
    while read -r path; do
        mkdir -p "$root${path%/*}"
        cp --no-dereference --preserve=mode,links "$stage$path" "$root$(partner "$path")"
        mv -f "$root$(partner "$path")" "$root$path"
    done < <(entries file "$scratch/manifest")
    hook_changed=no
    [[ $(cksum < "$root$hook") == "$was" ]] || hook_changed=yes
    note "$(entries file "$scratch/manifest" | wc -l) files, listed in $(manifest_file)"
}

# --- the daemon ------------------------------------------------------------------------------------------

# The daemon that starts QEMU: modular (virtqemud) or not (libvirtd). A socket that waits for its first client
# counts: the daemon will read the hooks when it starts.
find_daemon() {
    local name
    for name in virtqemud libvirtd; do
        if systemctl --quiet is-active "$name.service" || systemctl --quiet is-active "$name.socket"; then
            echo "$name"
            return
        fi
    done
}

# The proof: libvirt is asked to create a guest with a PCI function that cannot exist. No guest starts either
# way; if libvirt runs the hook, its error names the hook's path.
hook_is_seen() {
    [[ $(timeout 30 virsh --connect qemu:///system create "$scratch/proof.xml" 2>&1 | tee "$log") == *"$hook"* ]]
}

make_daemon_see() {
    if ! systemd_runs; then
        note "no systemd runs here: libvirt sees the hook when it starts"
        return
    fi
    local daemon
    daemon=$(find_daemon)
    if [[ -z $daemon ]]; then
        note "neither libvirtd nor virtqemud runs: it will see the hook when it starts"
        return
    fi
    if [[ $hook_changed == yes ]] && systemctl --quiet is-active "$daemon.service"; then
        run systemctl reload "$daemon.service" || die "$daemon could not be reloaded" "systemctl restart $daemon"
        note "$daemon reloaded (running VMs are not touched)"
    fi
    [[ $dry_run == no ]] || return 0

    if ! command -v virsh > /dev/null; then
        note "virsh is not installed: the proof is left out; lendpci doctor makes it later"
        return
    fi
    cat > "$scratch/proof.xml" << 'XML'
<domain type='qemu'>
  <name>lendpci-install-proof</name>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64'>hvm</type></os>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source><address domain='0xfffe' bus='0xff' slot='0x1f' function='0x7'/></source>
    </hostdev>
  </devices>
</domain>
XML
    local deadline=$((SECONDS + 15))
    until hook_is_seen; do
        if grep -q -e 'not find capabilities' -e 'emulator' "$log"; then
            note "QEMU is not installed: the proof is left out"
            return
        fi
        ((SECONDS < deadline)) || die "$daemon does not run the hook: $(tail -n 1 "$log")" "systemctl restart $daemon, then ./install.sh again"
        sleep 0.5 # the daemon reloads in its own time; the deadline above bounds this
    done
    note "$daemon runs $hook: proven"
}

# What journalctl -x says of lendpci's events.
update_catalog() {
    if systemd_runs && command -v journalctl > /dev/null; then run journalctl --update-catalog || true; fi
}

# service enable|disable: lendpci.service, and with it the others, which its [Install] names.
service() {
    local unit=lendpci.service
    if [[ $prefix != /usr && $prefix != /usr/local ]]; then
        note "not enabled: systemd looks for services below /usr and /usr/local; 'lendpci watch' is what lendpci.service runs"
        return 0
    fi
    if [[ $1 == enable ]]; then
        note "enables lendpci.service (returns devices, keeps definitions as assigned) and with it lendpci-turn-off.service (at the"
        note "host's shutdown), lendpci-reserve.service and lendpci-vfs.service (at its boot; nothing until you use reserve or vfs)"
    elif ! entries file | grep -q "/$unit\$"; then
        return 0
    fi
    if ! command -v systemctl > /dev/null; then
        note "no systemctl here: 'systemctl $1 $unit' is left to do where the services are to run"
        return 0
    fi
    case $1 in
    enable)
        run systemctl --quiet ${root:+--root="$root"} enable "$unit"
        if systemd_runs; then
            run systemctl daemon-reload && run systemctl restart "$unit"
            update_catalog
        else
            note "not started: no systemd runs ${root:+below $root}${root:-here}"
        fi ;;
    disable)
        # Whoever wanted metrics enabled it by hand.
        run systemctl --quiet ${root:+--root="$root"} disable lendpci-metrics.timer 2> /dev/null || true
        if systemd_runs; then run systemctl --quiet stop lendpci-metrics.timer 2> /dev/null || true; fi
        if systemd_runs; then run systemctl --quiet stop "$unit"; fi
        run systemctl --quiet ${root:+--root="$root"} disable "$unit" ;;
    esac
}

# --- uninstall -------------------------------------------------------------------------------------------

# A device on loan would stay on vfio-pci with nobody to bring it home.
bring_loans_home() {
    local lendpci=$prefix/bin/lendpci loans
    [[ -z $root && -x $lendpci && -e /run/lendpci ]] || return 0
    run "$lendpci" reconcile || true
    loans=$("$lendpci" status --json 2> /dev/null | tr -d '[:space:]') || true
    [[ $loans == "[]" || $dry_run == yes ]] || { "$lendpci" status >&2 || true
        die "devices are on loan" "turn the VMs off (lendpci turn-off --all), then uninstall"; }
    run rm -rf /run/lendpci
}

uninstall() {
    local manifest path
    manifest=$(manifest_file)
    if [[ ! -f $manifest ]]; then
        local other=""
        [[ ! -e $root$owner ]] || other=$(< "$root$owner")
        note "$manifest is not there: nothing to take away${other:+; lendpci is in $other: --prefix $other}"
        return
    fi
    bring_loans_home
    service disable
    cp "$manifest" "$scratch/manifest"
    if [[ $dry_run == yes ]]; then
        sed 's/^/would remove: /' "$scratch/manifest"
        return
    fi
    entries file "$scratch/manifest" | remove_files
    # Deepest first; a folder that somebody else uses by now stays.
    entries dir "$scratch/manifest" | sort --reverse | while read -r path; do
        rmdir --ignore-fail-on-non-empty "$root$path" 2> /dev/null || true
    done
    if systemd_runs; then
        local daemon
        systemctl daemon-reload
        update_catalog
        daemon=$(find_daemon)
        if [[ -n $daemon ]] && systemctl --quiet is-active "$daemon.service"; then systemctl reload "$daemon.service"; fi
    fi
    note "$(wc -l < "$scratch/manifest") files and folders removed"
}

# --- demonstration ---------------------------------------------------------------------------------------

demo_cost() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/lendpci/lab
    step "a demonstration: an emulated host, on which a VM takes a GPU and gives it back"
    note "takes   5 to 10 minutes the first time, 2 afterwards, and root, which unpacks and boots a Debian system"
    note "needs   3 GB of memory while it runs; a download of some 400 MB; 2.7 GB in $cache"
    note "leaves  that folder, for the next time, and the packages that it names below; nothing of lendpci is installed"
    note "Ctrl-C ends it at any moment and leaves no half-made image"
}

demo_next() {
    step "what next"
    note "./install.sh             installs on this host; 'lendpci doctor' then says whether it is ready"
    note "lendpci survey           shows what can be lent, and why not"
    note "README.md                two minutes on a real host; 'rm -r ${XDG_CACHE_HOME:-$HOME/.cache}/lendpci' frees the disk"
}

# --- main ------------------------------------------------------------------------------------------------

while (($#)); do
    case $1 in
    --uninstall) action=uninstall ;;
    --demo) action=demo ;;
    --need)
        [[ ${2:-} == @(build|test|demo) ]] || { usage >&2; exit 2; }
        action=need purposes+=("$2")
        shift ;;
    --dry-run) dry_run=yes ;;
    --no-build) compile=no ;;
    --prefix) [[ -n ${2:-} ]] || { usage >&2; exit 2; }; prefix=$2; shift ;;
    --prefix=*) prefix=${1#--prefix=} ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done
prefix=${prefix%/}
[[ $prefix == /* ]] || die "--prefix takes an absolute path below /" "--prefix /usr/local"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log

case $action in
install)
    needs_root "installing"
    refuse_another
    if [[ $compile == yes ]]; then
        step "build dependencies"
        need build
        step "build in $build"
        build
    else
        [[ -d $build ]] || die "nothing is built in $build" "./install.sh without --no-build"
    fi
    step "install to $root$prefix"
    install_files
    step "services"
    service enable
    step "libvirt"
    tell_missing
    make_daemon_see
    [[ $dry_run == yes ]] || step "done: lendpci survey shows what can be lent" ;;
uninstall)
    step "uninstall from $root$prefix"
    needs_root "uninstalling"
    uninstall ;;
need)
    step "packages to ${purposes[*]}"
    for purpose in "${purposes[@]}"; do need "$purpose"; done ;;
demo)
    demo_cost
    needs_root "unpacking and booting a Debian system"
    step "what the emulated machine needs"
    need demo
    run "$source/tests/lab/run" --demo || die "the demonstration did not end well: see above, and build/lab/"
    [[ $dry_run == yes ]] || demo_next ;;
esac
