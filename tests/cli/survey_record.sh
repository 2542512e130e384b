#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey --record DIR, replayed by --sysroot DIR, says of every machine what the machine itself says; so does the
# recording of a recording, and this very host.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# record FROM TO; replay DIRECTORY FILE
record() {
    lendpci survey --record "$2" --sysroot "$1"
    expect_status 0
    expect_err ""
    expect_out ""
}
replay() {
    lendpci survey --json --sysroot "$1"
    expect_status 0
    cp "$work/out" "$2"
}

for description in "$here"/../data/machines/*.machine; do
    machine "$(basename "$description" .machine)"
    record "$machine" "$work/first"
    record "$work/first" "$work/second"
    for copy in first second; do
        replay "$machine" "$work/expected"
        replay "$work/$copy" "$work/found"
        cmp "$work/expected" "$work/found" || fail "expected $copy to be as $machine"
    done
    rm -r "$work/first" "$work/second"
done

# What is there already is nobody's to overwrite.
mkdir "$work/full"
touch "$work/full/precious"
lendpci survey --record "$work/full" --sysroot "$machine"
expect_status 1
expect_err "$work/full: it is not empty"
lendpci survey --record "$work/new" --sysroot "$machine" 01:00.0
expect_status 2
lendpci survey --record "$work/new" --sysroot "$machine"
expect_status 0
lendpci survey --record "$work/no/such" --sysroot "$machine"
expect_status 1

# Root records what only root may read: for nobody else's eyes.
[[ $(stat -c %a "$work/new") == 700 ]] || fail "expected a directory of mode 700"
exposed=$(find "$work/new" \( -type d ! -perm 700 \) -o \( -type f ! -perm 600 \))
[[ -z $exposed ]] || fail "expected nothing that others can read: $exposed"

# An existing directory is used, when it is empty and nobody else can write to it.
mkdir -m 755 "$work/own"
lendpci survey --record "$work/own/" --sysroot "$machine"
expect_status 0
for mode in 775 1777 757; do
    mkdir "$work/shared-$mode"
    chmod "$mode" "$work/shared-$mode"
    lendpci survey --record "$work/shared-$mode" --sysroot "$machine"
    expect_status 1
    expect_err "$work/shared-$mode: others than user $EUID can write to it
hint: name a directory that does not exist yet"
    rmdir "$work/shared-$mode"
done

# A link leads where its owner says, and that can change: not as the directory, not on the way to it.
mkdir "$work/elsewhere"
ln -s elsewhere "$work/link"
for directory in link link/ link/deeper; do
    lendpci survey --record "$work/$directory" --sysroot "$machine"
    expect_status 1
    expect_err "$work/$directory: a symbolic link is on the way there
hint: name the directory without links, as 'realpath $work/$directory' prints it"
done
[[ -z $(ls -A "$work/elsewhere") ]] || fail "expected nothing behind the link"
(cd "$work" && "$LENDPCI" survey --record relative --sysroot "$machine" && [[ -d relative/sys ]]) || fail "expected a relative name to do"

# As root into what a user owns, who waits for it with links.
if [[ $EUID == 0 ]]; then
    mkdir -m 755 "$work/theirs"
    chown 65534 "$work/theirs"
    lendpci survey --record "$work/theirs" --sysroot "$machine"
    expect_status 1
    expect_err "$work/theirs: others than user 0 can write to it
hint: name a directory that does not exist yet"
    [[ -z $(ls -A "$work/theirs") ]] || fail "expected nothing in it"
    chown 0 "$work/theirs"
fi

# What is recorded may itself be a stranger's recording, made so that one of its links becomes the folder of the next
# file: the first function is the folder of all drivers, whose own "driver" leads out, and the second has a driver "driver".
machine=$work/apu victim=$work/victim
mkdir "$victim"
mapfile -t functions < <(ls "$machine/sys/bus/pci/devices")
first=$machine/sys/bus/pci/devices/${functions[0]} second=$machine/sys/bus/pci/devices/${functions[1]}
drivers=$machine/sys/bus/pci/drivers
mkdir -p "$drivers" "$machine$victim"
cp -r "$(realpath "$first")/." "$drivers/"
rm -rf "$first" "$drivers/driver"
ln -s ../drivers "$first"
ln -s "$victim" "$drivers/driver"
ln -s anywhere "$machine$victim/${functions[1]}"
rm -f "$(realpath "$second")/driver"
ln -s ../drivers/driver "$(realpath "$second")/driver"
lendpci survey --record "$work/trapped" --sysroot "$machine"
[[ -L $work/trapped/sys/bus/pci/drivers/driver ]] || fail "expected the link to be recorded"
[[ -z $(ls -A "$victim") ]] || fail "expected nothing outside of the recording"
expect_status 1
[[ $err == "$work/trapped/sys/bus/pci/drivers/driver/${functions[1]}: cannot record it: "* ]] || fail "expected to be told"

# What takes a file's place in a recording and would never end, or never be opened, does not hold up anything.
machine=$work/lab
for name in config resource vendor reset_method; do
    path=$(realpath "$machine/sys/bus/pci/devices/0000:01:00.0")/$name
    [[ ! -f $path ]] || cp "$path" "$work/kept"
    rm -f "$path"
    mkfifo "$path"
    status=0
    timeout 20 "$LENDPCI" survey --sysroot "$machine" > "$work/out" 2> "$work/err" || status=$?
    [[ $status != 124 ]] || fail "expected survey to end with a FIFO as $name"
    timeout 20 "$LENDPCI" survey --record "$work/fifo" --sysroot "$machine" > "$work/out" 2> "$work/err" || status=$?
    [[ $status != 124 ]] || fail "expected survey --record to end with a FIFO as $name"
    rm -rf "$path" "$work/fifo"
    cp "$work/kept" "$path"
done

# The host that the test runs on, whatever it is: holders and what its rights let nobody see aside.
lendpci survey --record "$work/host"
expect_status 0
lendpci survey --tree
cp "$work/out" "$work/expected"
lendpci survey --tree --sysroot "$work/host"
cmp "$work/expected" "$work/out" || fail "expected the host's own tree"
