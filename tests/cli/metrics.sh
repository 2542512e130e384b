#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# metrics is what Prometheus reads, whatever a domain is called; log and the catalog of its events.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# parses: the text format 0.0.4, strictly: HELP and TYPE before each family, families together, no sample twice, numbers.
parses() {
    awk '
        function die(why) { print "line " NR ": " why ": " $0 > "/dev/stderr"; failed = 1; exit 1 }
        /^# HELP / { if ($3 in helped) die("a second HELP"); helped[$3] = 1; next }
        /^# TYPE / {
            if (!($3 in helped)) die("TYPE without HELP")
            if ($3 in type) die("a second TYPE")
            if ($4 !~ /^(counter|gauge|summary)$/) die("no type")
            type[$3] = $4; family = $3; next
        }
        /^#/ || /^$/ { die("neither HELP nor TYPE") }
        {
            if (!match($0, /^[a-z_]+/)) die("no name")
            name = substr($0, 1, RLENGTH); rest = substr($0, RLENGTH + 1)
            if (type[family] == "summary") sub(/_(sum|count)$/, "", name)
            if (name != family) die("a sample outside of its family")
            if (type[family] == "counter" && name !~ /_total$/) die("a counter is called _total")
            label = "[a-z_]+=\"([^\"\\\\]|\\\\[\\\\\"n])*\""
            if (rest ~ /^[{]/) {
                if (!match(rest, "^[{]" label "(," label ")*[}]")) die("labels")
                rest = substr(rest, RLENGTH + 1)
            }
            if (rest !~ /^ [0-9]+([.][0-9]+)?$/) die("no number")
            key = $0; sub(/ [^ ]*$/, "", key)
            if (key in seen) die("twice")
            seen[key] = 1
        }
        END { exit failed }' "$1"
}

machine lab
lendpci metrics --sysroot "$machine"
expect_status 0
expect_err ""
parses "$work/out" || fail "expected Prometheus' text"
expect_line 'lendpci_loans{state="lent"} 0'
expect_line 'lendpci_unreturned_devices 0'
# Nothing of the host that this runs on is told of a recorded one.
expect_line 'lendpci_log_readable 0'

loans=$machine/run/lendpci/loans
mkdir -p "$loans"
entry() {
    cat << END
{ "version": 1, "function": "$1", "state": "$2", "domain": $3, "uuid": "11111111-2222-3333-4444-555555555555", "since": 1700000000,
  "started": true, "vendor": 4660, "device": 4369, "why": "", "keeper": { "pid": 500, "starttime": 5000 },
  "hanging": { "pid": 0, "starttime": 0 },
  "before": { "driver": "x", "driver_override": "", "module": "", "power_control": "auto", "d3cold_allowed": "1", "reset_method": "bus", "units": "" } }
END
}
entry 0000:01:00.0 lent '"a \"quoted\" \\ back\nslash{} 1"' > "$loans/0000:01:00.0.json"
entry 0000:02:00.0 unreturned '"b"' > "$loans/0000:02:00.0.json"
echo '{ "version": 1' > "$loans/0000:01:00.1.json"
lendpci metrics --sysroot "$machine"
expect_status 0
parses "$work/out" || fail "expected Prometheus' text"
if command -v promtool > /dev/null; then
    out=$(promtool check metrics < "$work/out" 2>&1) || fail "promtool has something against it"
fi
out=$(< "$work/out")
expect_line 'lendpci_loans{state="lent"} 1'
expect_line 'lendpci_loans{state="unreturned"} 1'
expect_line 'lendpci_unreturned_devices 1'
expect_line 'lendpci_damaged_entries 1'
expect_line 'lendpci_loan_start_time_seconds{address="0000:01:00.0",domain="a \"quoted\" \\ back\nslash{} 1"} 1700000000'
# The parser is one.
for wrong in 'lendpci_x 1' 'lendpci_loans{state="lent"} 1' 'lendpci_loans{state="a"b"} 1' 'lendpci_loans{state="a"} x' '# EOF'; do
    { cat "$work/out" && echo "$wrong"; } > "$work/wrong"
    ! parses "$work/wrong" 2> /dev/null || fail "expected to refuse: $wrong"
done

# Each event that is logged has its entry in the catalog, and no entry is of none.
source=$here/../../helper
mapfile -t ids < <(sed -n 's/.*\[LEND_EVENT_[A-Z]*\] = { "[a-z]*", "\([0-9a-f]*\)" },/\1/p' "$source/core/act/log.c" | sort)
mapfile -t told < <(sed -n 's/^-- \([0-9a-f]\{32\}\)$/\1/p' "$source/data/lendpci.catalog" | sort)
[[ ${#ids[@]} == 4 && ${ids[*]} == "${told[*]}" ]] || fail "expected an entry for each event: ${ids[*]} - ${told[*]}"
if command -v journalctl > /dev/null && [[ $EUID == 0 ]]; then
    mkdir -p "$work/root/usr/lib/systemd/catalog" "$work/root/var/lib/systemd/catalog"
    cp "$source/data/lendpci.catalog" "$work/root/usr/lib/systemd/catalog/"
    out=$(journalctl --root="$work/root" --update-catalog 2>&1) || fail "expected a catalog that journalctl takes"
    out=$(journalctl --root="$work/root" --list-catalog 2>&1)
    [[ $(grep -c lendpci <<< "$out") == 4 ]] || fail "expected four entries"
fi

# Of a domain that nobody knows nothing is told, and that is a no.
lendpci log no-such-domain-anywhere
expect_status 1
[[ $err == "no-such-domain-anywhere: nothing is logged of it"* || $err == "the system journal cannot be read: "* ]] || fail "expected to be told"
expect_out ""
lendpci log one two
expect_status 2
