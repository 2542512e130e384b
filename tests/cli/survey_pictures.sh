#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey --svg and --html: each function once, on one page, and nothing of it from elsewhere, whatever the host calls things.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
requires xmllint

# Every machine: well-formed, every function, no larger than a page.
for description in "$here"/../data/machines/*.machine; do
    name=$(basename "$description" .machine)
    machine "$name"
    lendpci survey --svg "$work/host.svg" --html "$work/host.html" --sysroot "$machine"
    expect_status 0
    expect_out ""
    xmllint --noout "$work/host.svg" || fail "$name: expected XML"
    [[ $(sed -n "s/.*class='address'>\([^<]*\)<.*/\1/p" "$work/host.svg" | LC_ALL=C sort) == \
        "$(find "$machine/sys/bus/pci/devices" -type l -printf '%f\n' | LC_ALL=C sort)" ]] || fail "$name: expected every function once"
    awk -F "['m]+" '/^<svg/ { for (i = 1; i < NF; i++) { if ($i ~ /width=$/) w = $(i + 1); if ($i ~ /height=$/) h = $(i + 1) }
        exit !(w > 100 && w < 297.1 && h > 70 && h < 210.1) }' "$work/host.svg" || fail "$name: expected a page: $(head -n 1 "$work/host.svg")"
    for file in host.svg host.html; do
        ! grep -qiE '<script|<image|<img|href=.(http|file|//)|@import|url\(' "$work/$file" || fail "$name: expected nothing from elsewhere in $file"
    done
    ! grep -q '^  serial ' "$work/host.html" || fail "$name: expected no serial number"
done

# What the page tells is what survey tells.
machine=$work/gtx-1080
lendpci survey --html - --sysroot "$machine"
expect_status 0
page=$out
[[ $page == "<!DOCTYPE html>"*"</html>" ]] || fail "expected a page"
lendpci survey 01:00.0 --sysroot "$machine"
while IFS= read -r line; do
    line=${line//&/&amp;}
    grep -qF -- "$(sed "s/'/\&#39;/g; s/</\&lt;/g; s/>/\&gt;/g" <<< "$line")" <<< "$page" || fail "expected in the page: $line"
done < <(grep '^  ' <<< "$out")

# Names that would be markup, and a loan.
machine=$work/lab
gpu=$(realpath "$machine/sys/bus/pci/devices/0000:01:00.0")
rm "$gpu/driver"
ln -s "../../../bus/pci/drivers/<script>alert(1)<" "$gpu/driver"
mkdir -p "$machine/run/lendpci/loans"
cat > "$machine/run/lendpci/loans/0000:01:00.0.json" << 'END'
{ "version": 1, "function": "0000:01:00.0", "state": "lent", "domain": "a</text><script>\"'&\u001b\u202e", "uuid": "11111111-2222-3333-4444-555555555555",
  "since": 1700000000, "started": true, "vendor": 4660, "device": 4369, "why": "", "keeper": { "pid": 500, "starttime": 5000 },
  "hanging": { "pid": 0, "starttime": 0 },
  "before": { "driver": "x", "driver_override": "", "module": "", "power_control": "auto", "d3cold_allowed": "1", "reset_method": "bus", "units": "" } }
END
lendpci survey --svg "$work/host.svg" --html "$work/host.html" --sysroot "$machine"
expect_status 0
xmllint --noout "$work/host.svg" || fail "expected XML"
! grep -qi '<script' "$work/host.svg" "$work/host.html" || fail "expected no markup of a stranger's"
grep -qF 'lent to a&lt;/text&gt;' "$work/host.svg" || fail "expected the borrower"
grep -qF '<td>&lt;script&gt;alert(1)&lt;</td>' "$work/host.html" || fail "expected the driver's name"

lendpci survey --svg "$work/host.svg" 01:00.0 --sysroot "$machine"
expect_status 2
expect_err "lendpci: --svg: it is about the whole machine, without a DEVICE
hint: 'lendpci survey --help' shows how"
lendpci survey --svg "$work/no/such/folder.svg" --sysroot "$machine"
expect_status 1
expect_err "$work/no/such/folder.svg: cannot write it: No such file or directory"
