/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and words in the kernel's and libvirt's text. */
#include "lendpci/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lend_text_to_u64(const char *text, int base, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	if (base == 0)
		base = strncasecmp(text, "0x", 2) == 0 ? 16 : 10;

	/* strtoull() itself would take blanks and a sign. */
	if (!isxdigit((unsigned char)*text))
		return -EINVAL;

	errno = 0;
	value = strtoull(text, &end, base);
	if (end == text || *end)
		return -EINVAL;
	if (errno)
		return -ERANGE;
	*ret = value;
	return 0;
}

int lend_text_to_u32(const char *text, int base, uint32_t *ret)
{
	uint64_t value;
	int r;

	r = lend_text_to_u64(text, base, &value);
	if (r < 0)
		return r;
	if (value > UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)value;
	return 0;
}

int lend_text_to_size(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	const size_t length = strspn(text, "0123456789");
	const char *unit = text[length] ? strchr(units, text[length]) : NULL;
	char digits[24];
	uint64_t value;
	int r;

	if (!unit || text[length + 1] || length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, length);
	digits[length] = '\0';
	r = lend_text_to_u64(digits, 10, &value);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow(value, 1ULL << (10 * (unit - units + 1)), &value))
		return -ERANGE;
	*ret = value;
	return 0;
}

bool lend_text_ends_with(const char *text, const char *end)
{
	const size_t length = strlen(text), behind = strlen(end);

	return length >= behind && strcmp(text + length - behind, end) == 0;
}

bool lend_text_has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; *at;) {
		size_t span = strcspn(at, " \t\n");

		if (span == length && strncmp(at, word, length) == 0)
			return true;
		at += span;
		at += strspn(at, " \t\n");
	}
	return false;
}

int lend_text_add_words(char *list, size_t size, const char *words)
{
	for (const char *at = words + strspn(words, " \t"); *at; at += strspn(at, " \t")) {
		const size_t span = strcspn(at, " \t"), length = strlen(list);
		char word[256];

		if (span >= sizeof(word))
			return -E2BIG;
		(void)snprintf(word, sizeof(word), "%.*s", (int)span, at);
		at += span;
		if (lend_text_has_word(list, word))
			continue;
		if (length + span + 2 > size)
			return -E2BIG;
		(void)snprintf(list + length, size - length, "%s%s", length ? " " : "", word);
	}
	return 0;
}

/* Length of the UTF-8 sequence at @at with its code point, or 0 when there is none. RFC 3629. */
static size_t decode_utf8(const unsigned char *at, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const size_t length = *at < 0x80             ? 1
			      : (*at & 0xe0) == 0xc0 ? 2
			      : (*at & 0xf0) == 0xe0 ? 3
			      : (*at & 0xf8) == 0xf0 ? 4
						     : 0;
	uint32_t code;

	if (length <= 1) {
		*ret = *at;
		return length;
	}
	code = *at & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret = code;
	return length;
}

static bool is_within(uint32_t code, uint32_t first, uint32_t last)
{
	return code >= first && code <= last;
}

/*
 * C0, DEL and C1 drive terminals; line separators make two lines of one; what turns the reading direction or has no
 * width makes a name look like another.
 */
static bool is_printable(uint32_t code)
{
	return !(code < 0x20 || is_within(code, 0x7f, 0x9f) || code == 0xad || code == 0x61c || code == 0x180e ||
		 is_within(code, 0x200b, 0x200f) || is_within(code, 0x2028, 0x202e) ||
		 is_within(code, 0x2060, 0x206f) || code == 0xfeff || is_within(code, 0xfff9, 0xfffb) ||
		 is_within(code, 0xe0000, 0xe0fff));
}

static void make_printable(char *text, bool keep_lines)
{
	char *to = text;

	for (const char *from = text; *from;) {
		uint32_t code;
		size_t length = decode_utf8((const unsigned char *)from, &code);

		if (length && (is_printable(code) || (keep_lines && (code == '\n' || code == '\t')))) {
			memmove(to, from, length);
			to += length;
		} else {
			*to++ = '?';
		}
		from += length ? length : 1;
	}
	*to = '\0';
}

void lend_text_make_printable(char *text)
{
	make_printable(text, false);
}

void lend_text_make_lines_printable(char *text)
{
	make_printable(text, true);
}

struct lend_printable lend_text_printable(const char *text)
{
	struct lend_printable ret;

	(void)snprintf(ret.text, sizeof(ret.text), "%s", text);
	lend_text_make_printable(ret.text);
	return ret;
}

struct lend_shell_word lend_text_shell_quote(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_";
	const struct lend_printable printable = lend_text_printable(text);
	struct lend_shell_word ret;
	char *to = ret.text;

	for (const char *from = printable.text; *from; from++) {
		/* Bytes of UTF-8 mean nothing to a shell; "~" does where it comes first. */
		if (!strchr(plain, *from) && (unsigned char)*from < 0x80)
			*to++ = '\\';
		*to++ = *from;
	}
	*to = '\0';
	return *ret.text ? ret : (struct lend_shell_word){ "''" };
}

struct lend_size_text lend_size_text(uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	struct lend_size_text ret;
	size_t unit = 0;

	while (bytes && bytes % 1024 == 0 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		bytes /= 1024;
		unit++;
	}
	(void)snprintf(ret.text, sizeof(ret.text), "%" PRIu64 " %s", bytes, units[unit]);
	return ret;
}
