/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Libraries that are loaded at the first call of one of their functions.
 *
 * libvirt runs the hook several times for each start and stop of every VM, with or without devices, and most of what
 * such a run takes would be the dynamic linker's work for libraries that it does not come to call. So the programs are
 * linked without them: a file in a folder named late defines each function that is called as a jump through a record,
 * which loads the library when it is first used. Callers include the library's own header and call as ever. A function
 * that is missing in its list does not link.
 *
 * The jump leaves every register and the stack as they were, so it serves functions of any type, variadic ones too.
 */
#pragma once

#include <stddef.h>

struct lend_error;

/** A shared library, not loaded yet. */
struct lend_late_library {
	const char *soname;  /* "libxml2.so.2": the one that this was compiled for */
	const char *package; /* Debian's, for who misses it */
	void *handle;        /* dlopen(3)'s; NULL until then */
};

/** A function of it. @jump comes first: the assembly knows no other member. */
struct lend_late_function {
	const void *jump; /* lend_late_enter() until the first call, then the function */
	const char *name;
	struct lend_late_library *library;
};

/** Where a first call goes, with its record in r11, in which no argument ever is: enter.S. Not to be called from C. */
void lend_late_enter(void);

/**
 * What that calls: loads the library, has @function jump where it should from now on, and returns where that is. When
 * it cannot, the process ends: see lend_late_end_with().
 */
const void *lend_late_find(struct lend_late_function *function);

/** Tells @error, which names the library and its package, and ends the process. Returns only to have late.c do that. */
typedef void lend_late_end_fn(const struct lend_error *error);

/**
 * Has @end end the process when a library cannot be loaded, for who must not simply print and exit with status 1.
 * Before
 * @end calls a library itself, it sets another, since that one may be missing as well.
 */
void lend_late_end_with(lend_late_end_fn *end);

/**
 * Defines the file's `library`, and tells it to those who look for what a program loads without being linked to it,
 * such as rpm and Debian's dh_dlopenlibdeps: an ELF note of type FDO 0x407c0c0a with a line of JSON.
 *
 * Source: systemd's "ELF dlopen metadata" (https://uapi-group.org/specifications/specs/elf_dlopen_metadata/).
 */
#define LEND_LATE_LIBRARY(soname_, package_, for_)                                                                     \
	static struct lend_late_library library = { .soname = (soname_), .package = (package_) };                      \
	__asm__(".pushsection .note.dlopen, \"a\", @note\n"                                                            \
		"	.balign 4\n"                                                                                         \
		"	.long 4, 2f - 1f, 0x407c0c0a\n"                                                                      \
		"	.asciz \"FDO\"\n"                                                                                    \
		"1:	.asciz \"[{\\\"soname\\\":[\\\"" soname_ "\\\"],\\\"feature\\\":\\\"" package_                 \
		"\\\",\\\"description\\\":\\\"" for_ "\\\",\\\"priority\\\":\\\"required\\\"}]\"\n"                    \
		"2:	.balign 4\n"                                                                                       \
		".popsection\n")

/** Defines the function @name_ of the file's `library`. */
#define LEND_LATE_FUNCTION(name_)                                                                                      \
	__attribute__((used)) static struct lend_late_function late_##name_ = { lend_late_enter, #name_, &library };   \
	__asm__(".pushsection .text\n"                                                                                 \
		".globl " #name_ "\n"                                                                                  \
		".hidden " #name_ "\n"                                                                                 \
		".type " #name_ ", @function\n" #name_ ":\n"                                                           \
		"	endbr64\n"                                                                                           \
		"	leaq late_" #name_ "(%rip), %r11\n"                                                            \
		"	jmp *(%r11)\n"                                                                                       \
		".size " #name_ ", . - " #name_ "\n"                                                                   \
		".popsection\n")
