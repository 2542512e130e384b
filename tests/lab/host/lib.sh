# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The words that scenarios are written in. A scenario fails at its first failing line; what is expected and
# what was seen is said in one line that starts with "lab: ". Everything that waits has a deadline.

export LC_ALL=C VIRSH_DEFAULT_CONNECT_URI=qemu:///system
LAB_RUN=/run/lab
LAB_BIN=/tmp/lab # Debian 12 mounts /run noexec
# shellcheck disable=SC2034 # used by scenarios on the machine "many"
MANY=(0000:08:00.0 0000:09:00.0 0000:0a:00.0 0000:0b:00.0 0000:0c:00.0 0000:0d:00.0 0000:0e:00.0 0000:0f:00.0)
# The hardware, by the names the scenarios use (tests/lab/machine draws it).
# shellcheck disable=SC2034 # used by the scenarios
if [[ ${LAB_MACHINE:-default} != crowded ]]; then
    GPU=0000:01:00.0 AUDIO=0000:01:00.1 GPU2=0000:02:00.0 NVME=0000:03:00.0 BIGBAR=0000:04:00.0 \
        SHARED_GPU=0000:06:01.0 SHARED_DISK=0000:06:02.0 STUBBORN=0000:07:00.0
else
    GPU=0000:02:00.0 AUDIO=0000:02:00.1 GPU2=0000:03:00.0 NVME=0000:04:00.0 BIGBAR=0000:05:00.0 \
        SHARED_GPU=0000:07:01.0 SHARED_DISK=0000:07:02.0 STUBBORN=0000:08:00.0 \
        HUGEBAR=0000:01:00.0 LEAKING_PORT=0000:00:09.0 LEAKING_GPU=0000:09:00.0 \
        SWITCHED_GPU=0000:0c:00.0 SWITCHED_GPU2=0000:0d:00.0 VIRTUAL_NVME=0000:0e:00.0 ROOT_GPU=0000:00:0c.0
fi

# --- telling -------------------------------------------------------------------------------------------

# say TEXT: the story as it happens; shown outside by --verbose and --demo.
say() {
    echo "say: $*"
    echo "say $*" >> /lab/events
}

fail() {
    echo "lab: ${SCENARIO:-scenario}: $*"
    exit 1
}

skip() {
    echo "$*"
    exit 77
}

# A failing line that said nothing is named.
if [[ -n ${SCENARIO:-} ]]; then
    set -o errtrace
    trap 'echo "lab: $SCENARIO: line ${BASH_LINENO[0]}: failed: $BASH_COMMAND"' ERR
fi

# --- waiting -------------------------------------------------------------------------------------------

# wait_for SECONDS WHAT COMMAND...: until COMMAND succeeds; false, with a line, when it does not in time. SECONDS are a
# quiet machine's: a shared one was seen to need three times as many.
wait_for() {
    local deadline=$((SECONDS + 3 * $1)) what=$2
    shift 2
    until "$@"; do
        if ((SECONDS >= deadline)); then
            echo "lab: waited in vain for $what"
            return 1
        fi
        sleep 0.3 # the polling step, not a wait: the deadline above bounds it
    done
}

# --- guests --------------------------------------------------------------------------------------------

hostdev_xml() {
    local address=$1 managed=$2 domain bus slot function
    IFS=':.' read -r domain bus slot function <<< "$address"
    cat << XML
    <hostdev mode='subsystem' type='pci' managed='$managed'>
      <source><address domain='0x$domain' bus='0x$bus' slot='0x$slot' function='0x$function'/></source>
    </hostdev>
XML
}

disk_xml() {
    echo "<disk type='file'><driver name='qemu' type='raw'/><source file='$LAB_RUN/guest-$1.disk'/><target dev='sda' bus='sata'/></disk>"
}

# boot_sector CODE FILE: writes "B" to the first serial port, runs CODE (octal escapes, 16-bit), halts.
boot_sector() {
    # mov dx, 0x3f8; mov al, 'B'; out dx, al; CODE; hlt; jmp back to hlt
    # shellcheck disable=SC2059 # the escapes are the point
    printf "\\272\\370\\003\\260B\\356$1\\364\\353\\375" > "$2"
    truncate --size 510 "$2"
    printf '\125\252' >> "$2"
    truncate --size 1M "$2"
}

# guest_xml NAME [--linux|--ovmf] [--reboots|--crashes ON_CRASH] [--cpu XML] [--qemu ARGUMENT] [--managed yes|no] [FUNCTION...]:
# the XML of a small guest. Without more it runs its firmware only, which takes seconds and is enough to see BARs
# placed; with --linux, Debian's kernel, which answers the power button. With --ovmf its firmware is OVMF, and the
# machine is emulated, since OVMF crashes under the lab's KVM. With --reboots or --crashes its boot
# sector writes a letter to the serial port and then resets the machine, or tells pvpanic that it crashed.
guest_xml() {
    local name=$1 boot="" managed=yes hostdevs="" memory=64 devices="" crash=destroy qemu="" cpu="" type=kvm
    shift
    while (($#)); do
        case $1 in
        --linux)
            memory=256
            boot="<kernel>/usr/lib/lab/guest.kernel</kernel><initrd>/usr/lib/lab/guest.img</initrd>
    <cmdline>console=ttyS0 quiet ${PARAMETERS:-}</cmdline>" ;;
        --ovmf)
            type=qemu memory=256
            boot="<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>
    <nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>$LAB_RUN/guest-$name.vars</nvram>" ;;
        --cpu) cpu=$2; shift ;;
        --reboots)
            boot_sector '\272\371\014\260\006\356' "$LAB_RUN/guest-$name.disk" # out 0xcf9, 6
            devices+=$(disk_xml "$name") ;;
        --crashes)
            boot_sector '\272\005\005\260\001\356' "$LAB_RUN/guest-$name.disk" # out 0x505, 1
            devices+="$(disk_xml "$name")<panic model='isa'/>" crash=$2
            shift ;;
        --qemu) qemu="<qemu:commandline><qemu:arg value='${2%% *}'/><qemu:arg value='${2#* }'/></qemu:commandline>"; shift ;;
        --managed) managed=$2; shift ;;
        *) hostdevs+=$(hostdev_xml "$1" "$managed")$'\n' ;;
        esac
        shift
    done
    cat << XML
<domain type='$type' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>$name</name>
  <memory unit='MiB'>$memory</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type>$boot</os>
  <features><acpi/></features>
  $cpu
  <on_crash>$crash</on_crash>
  <devices>
    <controller type='usb' model='none'/>
    <serial type='file'><source path='$LAB_RUN/guest-$name.serial'/></serial>
    <memballoon model='none'/>
$devices$hostdevs  </devices>
  $qemu
</domain>
XML
}

# define_guest NAME ...: as guest_xml.
define_guest() {
    guest_xml "$@" > "$LAB_RUN/guest-$1.xml"
    virsh -q define "$LAB_RUN/guest-$1.xml"
}

start() { virsh -q start "$1" || fail "$1 did not start"; }

# turn_off NAME: the plug is pulled.
turn_off() { virsh -q destroy "$1" || fail "$1 could not be destroyed"; }

# shut_down NAME: the power button, and then until the guest is off. libvirt says "shut off" after release.
shut_down() {
    virsh -q shutdown "$1" || fail "$1 did not take the power button"
    wait_for 60 "$1 to shut down" is_off "$1" || exit 1
}

is_off() { [[ $(virsh domstate "$1") == "shut off"* ]]; }
is_running() { [[ $(virsh domstate "$1") == running* ]]; }

# guest_says NAME TEXT [SECONDS]: a line of the Linux guest's serial port.
guest_says() {
    local serial=$LAB_RUN/guest-$1.serial
    wait_for "${3:-90}" "$1 to say \"$2\"" grep -qs -- "$2" "$serial" || { tail -n 20 "$serial"; exit 1; }
}

# guest_booted NAME COUNT: its boot sector has run that often.
booted() { tr -dc B < "$LAB_RUN/guest-$1.serial" | wc -c; }
has_booted() { (($(booted "$1") >= $2)); }
guest_booted() { wait_for "${3:-90}" "$1 to boot $2 times" has_booted "$1" "$2" || { echo "booted: $(booted "$1")"; exit 1; }; }

# guest_placed_bars NAME ID COUNT: the guest's firmware or kernel gave COUNT memory BARs of function ID
# (vendor:device) an address; asked of QEMU, so it needs nothing in the guest.
placed_bars() {
    virsh qemu-monitor-command --hmp "$1" 'info pci' | tr -d '\r' > "$LAB_RUN/guest-$1.pci"
    awk -v id="$2" '
        /^  Bus/ { in_it = 0 }
        /PCI device/ { in_it = ($0 ~ id) }
        in_it && /BAR[0-9]: .*memory at 0x/ && !/0xffffffff/ { count++ }
        END { print count + 0 }' "$LAB_RUN/guest-$1.pci"
}
has_placed_bars() { (($(placed_bars "$1" "$2") >= $3)); }
guest_lacks() { (($(placed_bars "$1" "$2") == 0)) || fail "$1 sees $2"; }
guest_placed_bars() {
    wait_for 60 "$1 to place $3 BARs of $2" has_placed_bars "$@" || { cat "$LAB_RUN/guest-$1.pci"; exit 1; }
}

# --- the host's devices ----------------------------------------------------------------------------------

driver_of() {
    local link=/sys/bus/pci/devices/$1/driver
    if [[ -e $link ]]; then basename "$(readlink "$link")"; else echo none; fi
}

# expect_driver FUNCTION DRIVER
expect_driver() {
    local seen
    seen=$(driver_of "$1")
    [[ $seen == "$2" ]] || fail "$1 is on $seen, expected $2"
}

# expect_no_override FUNCTION: the kernel prints an unset one as "(null)".
expect_no_override() {
    local seen
    seen=$(< "/sys/bus/pci/devices/$1/driver_override")
    [[ $seen == "(null)" ]] || fail "$1 has driver_override $seen, expected none"
}

# expect_card_lent, expect_card_home: both functions of the first card.
expect_card_lent() {
    expect_driver "$GPU" vfio-pci
    expect_driver "$AUDIO" vfio-pci
}
expect_card_home() {
    expect_driver "$GPU" bochs-drm
    expect_driver "$AUDIO" snd_hda_intel
    expect_no_override "$GPU"
    expect_no_override "$AUDIO"
}

# expect_console_home: the screen that the first card drives.
expect_console_home() {
    udevadm settle --timeout=20 || true
    grep -q bochs /proc/fb || fail "no bochs-drm frame buffer in /proc/fb"
    [[ -e /dev/dri/card0 ]] || fail "no /dev/dri/card0"
    grep -l 'frame buffer' /sys/class/vtconsole/*/name | while read -r name; do
        [[ $(< "${name%/name}/bind") == 1 ]] || fail "${name%/name} is not bound"
    done
}

# expect_no_loan: lendpci itself says so.
expect_no_loan() {
    local loans
    loans=$(lendpci status --json | tr -d '[:space:]')
    [[ $loans == "[]" ]] || fail "lendpci status: $loans"
}

# refused TEXT COMMAND...: COMMAND fails and its output has TEXT.
refused() {
    local text=$1 output
    shift
    if output=$("$@" 2>&1); then fail "not refused: $*"; fi
    echo "$output"
    [[ $output == *"$text"* ]] || fail "$*: refused, but without \"$text\""
}

# expect_output TEXT COMMAND...: COMMAND succeeds and its output has TEXT.
expect_output() {
    local text=$1 output
    shift
    output=$("$@" 2>&1) || { echo "$output"; fail "failed: $*"; }
    echo "$output"
    [[ $output == *"$text"* ]] || fail "$*: its output lacks \"$text\""
}

# expect_same FILE FILE WHAT
expect_same() { diff "$1" "$2" || fail "$3 changed: see the difference above"; }

# --- users of a device on the host ------------------------------------------------------------------------

# hold NODE NAME: a program called NAME has NODE open until let_go NAME, or the scenario's end.
hold() {
    local node=$1 name=$2
    mkdir -p "$LAB_BIN"
    cp /bin/sleep "$LAB_BIN/$name"
    (exec "$LAB_BIN/$name" infinity 3<> "$node" > /dev/null 2>&1) &
    echo $! > "$LAB_RUN/holder-$name.pid"
    wait_for 10 "$name to open $node" test "/proc/$!/fd/3" -ef "$node" || exit 1
}
holder() { cat "$LAB_RUN/holder-$1.pid"; }
let_go() {
    kill "$(holder "$1")"
    wait "$(holder "$1")" || true
}

# settings LINE...: lendpci's configuration for this scenario.
settings() {
    mkdir -p /etc/lendpci/lendpci.conf.d
    printf '%s\n' "$@" > /etc/lendpci/lendpci.conf.d/lab.conf
}

# stubborn remove_ms|probe_ms|probe_fails VALUE: how the stubborn driver behaves (tests/lab/drivers/stubborn.c).
stubborn() { echo "$2" > "/sys/module/stubborn/parameters/$1"; }

# at_end COMMAND: what the agent cannot know to undo; the last one first.
at_end_commands=""
at_end() {
    at_end_commands="$1; $at_end_commands"
    # shellcheck disable=SC2064 # it is the text of now that counts
    trap "$at_end_commands" EXIT
}

# --- daemons and hooks that die ---------------------------------------------------------------------------

loan_file() { echo "/run/lendpci/loans/$1.json"; }
loan_state() { lendpci status --json | tr -d '[:space:]' | sed -n "s/.*\"address\":\"$1\"[^}]*\"state\":\"\([a-z]*\)\".*/\1/p"; }
expect_loan() {
    local seen
    seen=$(loan_state "$1")
    [[ $seen == "$2" ]] || fail "the loan of $1 is ${seen:-not there}, expected $2: $(lendpci status)"
}

kill_libvirtd() { kill -KILL "$(cat /run/libvirtd.pid)"; }
virsh_answers() { timeout 20 virsh -q list > /dev/null 2>&1; }
# await_libvirtd: systemd starts it again by itself; what a test does too often for systemd is forgiven.
libvirtd_is_back() { systemctl --quiet is-active libvirtd || { systemctl reset-failed libvirtd; systemctl start libvirtd; }; }
await_libvirtd() {
    wait_for 60 "libvirtd to be back" libvirtd_is_back || exit 1
    wait_for 60 "libvirtd to answer" virsh_answers || exit 1
}

# kill_libvirtd_at OPERATION: once, when libvirt runs its hooks for OPERATION, after lendpci's;
# with "before-OPERATION" before it. libvirt runs them in the order of their names.
kill_libvirtd_at() {
    local file=/etc/libvirt/hooks/qemu.d/zz-lab
    [[ $1 != before-* ]] || file=/etc/libvirt/hooks/qemu.d/00-lab
    cat > "$file" << HOOK
#!/bin/sh
[ "\$2" = "${1#before-}" ] || exit 0
rm "\$0"
kill -KILL "\$PPID"
HOOK
    chmod +x "$file"
}

# kill_hook_at OPERATION N: from now on lendpci's hook dies in OPERATION at its Nth fsync(2). It makes two of them for
# each record of the journal: one before the record is there, one when it is. Each N is thus one of the two
# moments around a record. heal_hook ends that.
HOOK=/etc/libvirt/hooks/qemu.d/lendpci
kill_hook_at() {
    mkdir -p "$LAB_BIN"
    [[ -e $LAB_BIN/hook ]] || cp --preserve=mode "$HOOK" "$LAB_BIN/hook"
    cat > "$LAB_BIN/wrapper" << WRAPPER
#!/bin/sh
[ "\$2" = "$1" ] || exec $LAB_BIN/hook "\$@"
# -D: strace is not the hook's parent, libvirt is.
exec strace -D -qqq -o /dev/null -e trace=fsync -e inject=fsync:signal=KILL:when=$2 $LAB_BIN/hook "\$@"
WRAPPER
    chmod +x "$LAB_BIN/wrapper"
    mv "$LAB_BIN/wrapper" "$HOOK"
}
heal_hook() {
    if [[ -e $LAB_BIN/hook ]]; then mv "$LAB_BIN/hook" "$HOOK"; fi
}

# power_off_host: the host is turned off, as by its administrator, and never comes back; the last line of a scenario with
# "# ends: host". What standard input says is run as a scenario is, when libvirt and everything that turns VMs off has
# been stopped. $since is when it began.
power_off_host() {
    local since
    since=$(date +%s)
    { echo ". /lab/settings; export LAB_MACHINE; . /lab/host/lib.sh; since=$since"; cat; } > "$LAB_RUN/judge.sh"
    # What starts first is stopped last.
    cat > /run/systemd/system/lab-judge.service << UNIT
[Unit]
Before=libvirtd.service libvirt-guests.service virt-guest-shutdown.target lendpci.service lendpci-turn-off.service
RequiresMountsFor=/lab
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=/lab/host/agent judge $SCENARIO $since
Environment=HOME=/root
UNIT
    # The lab's own end, which is an abrupt one.
    mkdir -p /run/systemd/system/lab.service.d
    printf '[Service]\nExecStopPost=\n' > /run/systemd/system/lab.service.d/power-off.conf
    systemctl daemon-reload
    systemctl start lab-judge.service
    say "systemctl poweroff"
    systemctl --no-block poweroff
    sleep infinity
}

# reboot_host: the host is booted anew, its disk as it is; the last line of a scenario with "# ends: host" and
# "# machine: rebooting". What standard input says is run as a scenario is, when the host is up again. $since is when it
# went down.
reboot_host() {
    local since
    since=$(date +%s)
    { echo ". /lab/settings; export LAB_MACHINE; . /lab/host/lib.sh; since=$since"; cat; } > /lab/after.sh
    echo "$SCENARIO $since" > /lab/after
    # Not the lab's own end, which powers off.
    mkdir -p /run/systemd/system/lab.service.d
    printf '[Service]\nExecStopPost=\n' > /run/systemd/system/lab.service.d/reboot.conf
    systemctl daemon-reload
    say "systemctl reboot"
    systemctl --no-block reboot
    sleep infinity
}

# expect_turned_off: what is to be true at power_off_host's judgement of t1 with the first card, which listens to the power
# button, and of t2 with the second one, which does not.
expect_turned_off() {
    ! pgrep qemu-system || fail "a guest still runs"
    expect_card_home
    expect_driver "$GPU2" bochs-drm
    expect_no_override "$GPU2"
    expect_no_loan
    # How each ended, in QEMU's own words: not by systemd, which would kill what libvirt no longer looks after.
    tail -n 2 /var/log/libvirt/qemu/t[12].log
    grep -q "reason=shutdown" /var/log/libvirt/qemu/t1.log || fail "t1 did not shut down by itself"
    grep -q "terminating on signal 15 from pid [0-9]* (/usr/sbin/libvirtd)" /var/log/libvirt/qemu/t2.log ||
        fail "t2 was not powered off by libvirt"
}

# rounds NOW LONG: how often; more with --long.
rounds() { if [[ ${LAB_LONG:-no} == yes ]]; then echo "$2"; else echo "$1"; fi; }

# --- what must be as before ------------------------------------------------------------------------------

# snapshot_sysfs FILE: everything of the host's devices that a loan touches. Few processes, since each one
# costs tens of milliseconds here.
snapshot_sysfs() {
    {
        stat -c '%N' /sys/bus/pci/devices/*/driver || true
        grep -sH '' /sys/bus/pci/devices/*/{driver_override,power/control,reset_method,d3cold_allowed} \
            /sys/class/vtconsole/*/{name,bind} /sys/kernel/iommu_groups/*/type || true
        ls /dev/dri /dev/snd /dev/vfio || true
        cat /proc/fb
        # What a reset takes from a function that nobody saved before: its addresses.
        # shellcheck disable=SC2016 # Perl's variables
        perl -e 'for (</sys/bus/pci/devices/*>) {
            open my $config, "<:raw", "$_/config";
            sysseek $config, 16, 0;
            sysread $config, my $bars, 24;
            print "$_ ", unpack("H*", $bars), "\n" }'
    } > "$1" 2> /dev/null
}

expect_same_sysfs() {
    udevadm settle --timeout=20 || true
    snapshot_sysfs "$LAB_RUN/now"
    expect_same "$1" "$LAB_RUN/now" "the host's devices"
}

same_as_baseline() {
    udevadm settle --timeout=20
    snapshot_sysfs "$LAB_RUN/now"
    cmp -s "$LAB_RUN/baseline" "$LAB_RUN/now"
}

# snapshot_files FILE: the names, modes and sizes of the files of the root file system, but for what systemd makes for a
# service while it runs.
snapshot_files() {
    find / -xdev \( -path /tmp -o -path '/var/tmp/systemd-private-*' -o -path /var/log -o -path /var/cache -o -path /var/lib/systemd -o -path /usr/src/lendpci \) -prune -o \
        \( -type d -printf '%p %M\n' -o -printf '%p %M %s\n' \) | sort > "$1"
}

# mend_host: what scenarios break on purpose, whole again. Never part of a scenario.
mend_host() {
    local file
    for file in "$LAB_RUN"/holder-*.pid; do
        if [[ -e $file ]]; then kill -KILL "$(cat "$file")" 2> /dev/null; fi
    done
    rm -f /etc/lendpci/lendpci.conf.d/lab.conf /etc/libvirt/hooks/qemu.d/{00,zz}-lab
    rmdir /etc/lendpci/lendpci.conf.d /etc/lendpci 2> /dev/null
    heal_hook
    if [[ -e /sys/module/stubborn ]]; then
        stubborn remove_ms 0
        stubborn probe_ms 0
        stubborn probe_fails N
    fi
    (await_libvirtd)
}

# force_home: the agent's repair after a scenario that failed; never part of a scenario.
force_home() {
    local path function
    for path in /sys/bus/pci/devices/*; do
        function=${path##*/}
        [[ $(driver_of "$function") == @(vfio-pci|none) || $(< "$path/driver_override") != "(null)" ]] || continue
        echo > "$path/driver_override"
        [[ ! -e $path/driver ]] || echo "$function" > "$path/driver/unbind"
        echo "$function" > /sys/bus/pci/drivers_probe
    done
}
