# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The words that scenarios are written in. A scenario fails at its first failing line; what is expected and
# what was seen is said in one line that starts with "lab: ". Everything that waits has a deadline.

export LC_ALL=C VIRSH_DEFAULT_CONNECT_URI=qemu:///system
LAB_RUN=/run/lab
# The hardware, by the names the scenarios use (tests/lab/machine draws it).
# shellcheck disable=SC2034 # used by the scenarios
GPU=0000:01:00.0 AUDIO=0000:01:00.1 GPU2=0000:02:00.0 NVME=0000:03:00.0 BIGBAR=0000:04:00.0 \
    SHARED_GPU=0000:06:01.0 SHARED_DISK=0000:06:02.0

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

# wait_for SECONDS WHAT COMMAND...: until COMMAND succeeds; false, with a line, when it does not in time.
wait_for() {
    local deadline=$((SECONDS + $1)) what=$2
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

# guest_xml NAME [--linux [PARAMETERS]] [--managed yes|no] [FUNCTION...]: the XML of a small guest.
# Without --linux it runs its firmware only, which takes seconds and is enough to see BARs placed; with it,
# Debian's kernel, which answers the power button.
guest_xml() {
    local name=$1 boot="" managed=yes hostdevs="" memory=64
    shift
    while (($#)); do
        case $1 in
        --linux)
            memory=256
            boot="<kernel>/usr/lib/lab/guest.kernel</kernel><initrd>/usr/lib/lab/guest.img</initrd>
    <cmdline>console=ttyS0 quiet ${PARAMETERS:-}</cmdline>" ;;
        --managed) managed=$2; shift ;;
        *) hostdevs+=$(hostdev_xml "$1" "$managed")$'\n' ;;
        esac
        shift
    done
    cat << XML
<domain type='kvm'>
  <name>$name</name>
  <memory unit='MiB'>$memory</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type>$boot</os>
  <features><acpi/></features>
  <devices>
    <controller type='usb' model='none'/>
    <serial type='file'><source path='$LAB_RUN/guest-$name.serial'/></serial>
    <memballoon model='none'/>
$hostdevs  </devices>
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

# guest_says NAME TEXT: a line of the Linux guest's serial port.
guest_says() {
    local serial=$LAB_RUN/guest-$1.serial
    wait_for "${3:-90}" "$1 to say \"$2\"" grep -qs -- "$2" "$serial" || { tail -n 20 "$serial"; exit 1; }
}

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

# snapshot_files FILE: the names, modes and sizes of the files of the root file system.
snapshot_files() {
    find / -xdev \( -path /tmp -o -path /var/log -o -path /var/cache -o -path /var/lib/systemd -o -path /usr/src/lendpci \) -prune -o \
        \( -type d -printf '%p %M\n' -o -printf '%p %M %s\n' \) | sort > "$1"
}

# force_home: the agent's repair after a scenario that failed; never part of a scenario.
force_home() {
    local path function
    for path in /sys/bus/pci/devices/*; do
        function=${path##*/}
        [[ $(driver_of "$function") == vfio-pci || $(< "$path/driver_override") != "(null)" ]] || continue
        echo > "$path/driver_override"
        [[ ! -e $path/driver ]] || echo "$function" > "$path/driver/unbind"
        echo "$function" > /sys/bus/pci/drivers_probe
    done
}
