#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test_check_layout.sh COMPILER: check-layout finds each kind of fault in a small tree that has it, and none in one that
# has none. A check that finds nothing because it looks at nothing would pass for ever.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
compiler=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# put FILE < TEXT: below the tree.
put() { mkdir -p "$(dirname "$tree/$1")" && cat > "$tree/$1"; }

# repeat COUNT LINE
repeat() {
    local i
    for ((i = 0; i < $1; i++)); do echo "$2"; done
}

# tree NAME: begins a tree without a fault: two layers, two rooms, a module of two files behind one header.
tree() {
    tree=$scratch/$1/source build=$scratch/$1/build
    put include/lendpci/base/text.h <<< 'int lend_text(void);'
    put helper/core/base/text.c << 'C'
#include "lendpci/base/text.h"
int lend_text(void)
{
	return 1;
}
C
    put include/lendpci/base/fs.h <<< 'int lend_fs_read(void);'
    put helper/core/base/fs/internal.h <<< 'int lend_fs_open(void);'
    put helper/core/base/fs/read.c << 'C'
#include "internal.h"
#include "lendpci/base/fs.h"
int lend_fs_read(void)
{
	return lend_fs_open();
}
C
    put helper/core/base/fs/root.c << 'C'
#include "internal.h"
#include "lendpci/base/fs.h"
int lend_fs_open(void)
{
	return 2;
}
int lend_fs_root(void);
int lend_fs_root(void)
{
	return lend_fs_read();
}
C
    put include/lendpci/base/cleanup.h <<< '#define TAKE(x) x'
    put include/lendpci/know/pci/address.h <<< 'int lend_address(void);'
    put helper/core/know/pci/address.c << 'C'
#include "lendpci/base/text.h"
#include "lendpci/know/pci/address.h"
int lend_address(void)
{
	return lend_text();
}
C
    put include/lendpci/know/host/host.h <<< 'int lend_host(void);'
    put helper/core/know/host/host.c << 'C'
#include "lendpci/know/host/host.h"
#include "lendpci/know/pci/address.h"
int lend_host(void)
{
	return lend_address();
}
C
}

# compile: as CMake lays its objects out.
compile() {
    local file layer object
    while read -r file; do
        layer=$(cut -d/ -f1-3 <<< "$file")
        object=$build/$layer/CMakeFiles/lend.dir/${file#"$layer"/}.o
        mkdir -p "$(dirname "$object")"
        "$compiler" -I "$tree/include" -c "$tree/$file" -o "$object"
    done < <(cd "$tree" && find helper -name '*.c')
}

# expect TEXT...: check-layout finds just these, and fails; with none it is content.
expect() {
    local found status=0 expected=""
    compile
    found=$("$here/check-layout" "$tree" "$build") || status=$?
    (($# == 0)) || expected=$(printf '%s\n' "$@")
    if [[ $found != "$expected" || $status != "$(($# > 0))" ]]; then
        printf 'FAILED: %s\n--- expected\n%s\n--- found (status %s)\n%s\n' "$tree" "$expected" "$status" "$found" >&2
        exit 1
    fi
}

tree sound
expect

tree include-circle
put include/lendpci/know/host/a.h <<< '#include "lendpci/know/host/b.h"'
put include/lendpci/know/host/b.h <<< '#include "lendpci/know/host/c.h"'
put include/lendpci/know/host/c.h << 'C'
#pragma once
#include "lendpci/know/host/a.h"
C
expect "circle of files by includes: include/lendpci/know/host/a.h > include/lendpci/know/host/b.h > include/lendpci/know/host/c.h > include/lendpci/know/host/a.h (include/lendpci/know/host/a.h>include/lendpci/know/host/b.h; include/lendpci/know/host/b.h>include/lendpci/know/host/c.h; include/lendpci/know/host/c.h>include/lendpci/know/host/a.h)" \
    "circle of modules by includes: know/host/a > know/host/b > know/host/c > know/host/a (include/lendpci/know/host/a.h>include/lendpci/know/host/b.h; include/lendpci/know/host/b.h>include/lendpci/know/host/c.h; include/lendpci/know/host/c.h>include/lendpci/know/host/a.h)"

# What no compiler minds: each source includes the other's header.
tree link-circle
put include/lendpci/know/host/a.h <<< 'int lend_a(void);'
put include/lendpci/know/host/b.h <<< 'int lend_b(void);'
put helper/core/know/host/a.c << 'C'
#include "lendpci/know/host/a.h"
#include "lendpci/know/host/b.h"
int lend_a(void)
{
	return lend_b();
}
C
put helper/core/know/host/b.c << 'C'
#include "lendpci/know/host/a.h"
#include "lendpci/know/host/b.h"
int lend_b(void)
{
	return lend_a();
}
C
circle="know/host/a > know/host/b > know/host/a (helper/core/know/host/a.c>include/lendpci/know/host/b.h; helper/core/know/host/b.c>include/lendpci/know/host/a.h)"
links="know/host/a > know/host/b > know/host/a (helper/core/know/host/a.c>helper/core/know/host/b.c; helper/core/know/host/b.c>helper/core/know/host/a.c)"
expect "circle of modules by includes: $circle" "circle of modules by links: $links"

# The same through one private header, which hides it from who reads includes.
put helper/core/know/host/internal.h <<< 'int lend_a(void), lend_b(void);'
rm "$tree"/include/lendpci/know/host/[ab].h
sed -i '1d; s/"lendpci.*"/"internal.h"/' "$tree"/helper/core/know/host/[ab].c
expect "circle of modules by links: $links"

# An object that an earlier build left tells nothing of today.
tree stale-object
put helper/core/know/host/a.c <<< 'int lend_b(void); int lend_a(void); int lend_a(void) { return lend_b(); }'
put helper/core/know/host/b.c <<< 'int lend_a(void); int lend_b(void); int lend_b(void) { return lend_a(); }'
compile
rm "$tree"/helper/core/know/host/[ab].c
expect

tree room-circle
put include/lendpci/know/pci/b.h <<< 'int lend_b(void);'
put helper/core/know/pci/b.c << 'C'
#include "lendpci/know/host/host.h"
#include "lendpci/know/pci/b.h"
int lend_b(void)
{
	return lend_host();
}
C
expect "circle of rooms by includes: know/host > know/pci > know/host (helper/core/know/host/host.c>include/lendpci/know/pci/address.h; helper/core/know/pci/b.c>include/lendpci/know/host/host.h)" \
    "circle of rooms by links: know/host > know/pci > know/host (helper/core/know/host/host.c>helper/core/know/pci/address.c; helper/core/know/pci/b.c>helper/core/know/host/host.c)"

tree include-upwards
put include/lendpci/base/text.h <<< '#include "lendpci/know/pci/address.h"
int lend_text(void);'
put helper/core/know/pci/address.c <<< '#include "lendpci/know/pci/address.h"'
expect "include upwards: include/lendpci/base/text.h includes include/lendpci/know/pci/address.h"

tree include-across
put hooks/operation.h <<< 'int lend_hook(void);'
put helper/cli/verb.h <<< 'int lend_verb(void);'
put helper/cli/main.c <<< '#include "../../hooks/operation.h"'
put hooks/main.c <<< '#include "../helper/cli/verb.h"'
expect "circle of rooms by includes: helper/cli > hooks > helper/cli (helper/cli/main.c>hooks/operation.h; hooks/main.c>helper/cli/verb.h)" \
    "include across: helper/cli/main.c includes hooks/operation.h" \
    "include across: hooks/main.c includes helper/cli/verb.h"

tree private-header
put helper/core/know/host/host.c <<< '#include "../../base/fs/internal.h"'
expect "include of a room's internal.h from outside: helper/core/know/host/host.c includes helper/core/base/fs/internal.h"

tree long-file
repeat 401 '/* more */' > "$tree/helper/core/base/long.c"
repeat 400 '/* more */' > "$tree/helper/core/base/fits.c"
expect "long file: helper/core/base/long.c has 401 lines, more than 400"

tree long-function
{
    printf 'int lend_long(void);\nint lend_long(void)\n{\n'
    repeat 58 $'\t;'
    printf '\treturn 0;\n}\n'
} | put helper/core/base/long.c
{
    printf 'static const int table[] = {\n'
    repeat 100 $'\t0,'
    printf '};\nint lend_fits(void);\nint lend_fits(void)\n{\n'
    repeat 57 $'\t;'
    printf '\treturn table[0];\n}\n'
} | put hooks/fits.c
expect "long function: helper/core/base/long.c: lend_long() has 61 lines, more than 60"

tree header-alone
put include/lendpci/know/host/lost.h <<< 'int lend_lost(int a,
	      int b);'
expect "header without a module: include/lendpci/know/host/lost.h"
