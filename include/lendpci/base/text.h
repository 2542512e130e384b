/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Strict parsing of the numbers that the kernel and libvirt print: the whole string, no sign, no blanks, no overflow.
 * A base of 0 takes a 0x prefix for hexadecimal and decimal otherwise; never octal, since a bus number 08 is eight.
 * Returns 0, or -EINVAL / -ERANGE with @ret untouched.
 */
int lend_text_to_u64(const char *text, int base, uint64_t *ret);
int lend_text_to_u32(const char *text, int base, uint32_t *ret);

/**
 * Reads a size as people write it, "512M" or "64G": whole KiB, MiB, GiB or TiB. @ret is in bytes. -EINVAL, -ERANGE.
 */
int lend_text_to_size(const char *text, uint64_t *ret);

/** Whether @text has @end as its last characters. */
bool lend_text_ends_with(const char *text, const char *end);

/** Whether @word is one of the blank-separated words of @list. */
bool lend_text_has_word(const char *list, const char *word);

/**
 * Adds to @list, of @size bytes, each of the blank-separated @words that it does not have yet. -E2BIG when they do not
 * fit; whole words only are in it then.
 */
int lend_text_add_words(char *list, size_t size, const char *words);

/**
 * Makes text that strangers chose (a process's name, a mount point) fit for a message, in place: control characters,
 * newlines among them, what turns the reading direction or has no width, and bytes that are no UTF-8 become '?'. Never
 * grows. Errors, notes and debugging lines are made printable where they are formed; this is for tables.
 */
void lend_text_make_printable(char *text);

/** The same for a text of several lines: newlines and tabs stay. */
void lend_text_make_lines_printable(char *text);

/** A printable copy for a line of a table, cut where it is too long: `lend_text_printable(name).text`. */
struct lend_printable {
	char text[512];
};
struct lend_printable lend_text_printable(const char *text);

/**
 * A name as one word of a command that a hint tells people to run: `lend_text_shell_quote(name).text`. A name that
 * needs no quoting stays as it is; else a backslash precedes each character that means something to a shell, which also
 * reads well inside the quotes of a hint. Printable.
 */
struct lend_shell_word {
	char text[2 * sizeof(struct lend_printable)];
};
struct lend_shell_word lend_text_shell_quote(const char *text);

/** "1 MiB", "256 GiB", "4 KiB", "12 B": the largest unit that divides @bytes evenly. */
struct lend_size_text {
	char text[32];
};
struct lend_size_text lend_size_text(uint64_t bytes);
