/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "domain_text.h"
#include "lendpci/know/domain/xml.h"

/** Asserts that @text is refused with this sentence. */
static void assert_rejected(const char *text, int code, const char *sentence)
{
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;

	assert_refused(lend_xml_parse(text, strlen(text), &document, error), code, sentence);
	assert_null(document);
}

static void what_libvirt_printed_comes_back_byte_for_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(domain_texts); i++) {
		_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
		_cleanup_free_ char *text = domain_text(domain_texts[i]), *again = NULL;

		assert_done(lend_xml_parse(text, strlen(text), &document, error));
		again = lend_xml_format(document);
		assert_string_equal(again, text);
	}
}

/* libvirt keeps whatever metadata it is given, also with a prefix that nobody declared. */
static void a_stray_prefix_is_no_reason_to_refuse(void **state)
{
	static const char text[] = "<domain><metadata><stray:note/></metadata></domain>";
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	_cleanup_free_ char *again = NULL;

	(void)state;
	assert_done(lend_xml_parse(text, strlen(text), &document, error));
	again = lend_xml_format(document);
	assert_string_equal(again, "<domain><metadata><stray:note/></metadata></domain>\n");
}

/* What a hostile value could break out of, and what a text editor could break, is escaped. */
static void a_value_stays_inside_its_quotes(void **state)
{
	static const char text[] =
		"<a b='&lt;&apos;&quot;&amp;&#10;&#9;&#13;'>&lt;&amp;\n<!-- kept --><![CDATA[<kept>]]></a>";
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	_cleanup_free_ char *written = NULL;

	(void)state;
	assert_done(lend_xml_parse(text, strlen(text), &document, error));
	assert_string_equal(lend_xml_attribute(xmlDocGetRootElement(document), "b"), "<'\"&\n\t\r");
	written = lend_xml_format(document);
	assert_string_equal(written, "<a b='&lt;&apos;&quot;&amp;&#10;&#9;&#13;'>&lt;&amp;\n"
				     "<!-- kept --><![CDATA[<kept>]]></a>\n");
}

/* A billion laughs, and a file of the host: both begin with a DTD. */
static void a_document_type_is_refused_before_any_entity(void **state)
{
	(void)state;
	assert_rejected("<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>\n<domain>&b;</domain>", -EINVAL,
			"line 1: a document type declaration is not allowed in a domain's XML");
	assert_rejected("<?xml version='1.0'?>\n<!DOCTYPE domain SYSTEM 'file:///etc/shadow'>\n<domain/>", -EINVAL,
			"line 2: a document type declaration is not allowed in a domain's XML");
	assert_rejected("<domain>&undefined;</domain>", -EINVAL, "line 1: Entity 'undefined' not defined");
}

static char *nested(unsigned depth)
{
	char *text = calloc(depth, strlen("<a></a>") + 1), *at = text;

	for (unsigned i = 0; i < depth; i++)
		at = stpcpy(at, "<a>");
	for (unsigned i = 0; i < depth; i++)
		at = stpcpy(at, "</a>");
	return text;
}

static void depth_is_bounded_at_256(void **state)
{
	_cleanup_free_ char *deep = nested(LEND_XML_DEPTH_MAX), *deeper = nested(LEND_XML_DEPTH_MAX + 1),
			    *bottomless = nested(100000);
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;

	(void)state;
	assert_done(lend_xml_parse(deep, strlen(deep), &document, error));
	assert_rejected(deeper, -EINVAL, "line 1: elements are nested more than 256 levels deep");
	assert_rejected(bottomless, -EINVAL, "line 1: elements are nested more than 256 levels deep");
}

static void size_is_bounded_at_16_mib(void **state)
{
	const size_t size = 17 * 1024 * 1024;
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	_cleanup_free_ char *text = malloc(size);

	(void)state;
	memset(text, ' ', size);
	assert_refused(lend_xml_parse(text, size, &document, error), -EFBIG,
		       "the XML has 17825792 bytes, more than 16 MiB");
}

static void broken_text_is_told_with_its_line(void **state)
{
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;

	(void)state;
	assert_rejected("<a>\n<b>\n</a>\n", -EINVAL, "line 3: Opening and ending tag mismatch: b line 2 and a");
	assert_rejected("<a", -EINVAL, "line 1: Couldn't find end of Start Tag a line 1");
	assert_refused(lend_xml_parse("<a/>\0<b/>", 9, &document, error), -EINVAL, "the XML holds a NUL byte");
	assert_refused(lend_xml_parse("", 0, &document, error), -EINVAL, "the XML is empty");
}

/* An error quotes what it complains about; the quotation must not reach a terminal as it is. */
static void an_error_is_one_printable_line(void **state)
{
	static const char *const texts[] = { "<a>\xff\xfe</a>", "<a>\x1b[2J</a>", "<a b=\"\x1b[2J\"/>", "<\x1b[2J/>",
					     "</a\n>" };

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(texts); i++) {
		_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
		struct lend_error error = { 0 };

		assert_int_equal(lend_xml_parse(texts[i], strlen(texts[i]), &document, &error), -EINVAL);
		assert_memory_equal(error.text, "line 1: ", strlen("line 1: "));
		for (const char *at = error.text; *at; at++)
			assert_in_range((unsigned char)*at, ' ', '~');
	}
}

/* libvirt would read a bus '010' as eight, and a person as ten: nobody's guess is taken. */
static void numbers_are_hexadecimal_or_decimal_and_never_octal(void **state)
{
	static const char text[] =
		"<a hex='0x1f' decimal='31' short='01' octal='010' eight='08' negative='-1' blank=' 1' "
		"empty='' large='0x100' huge='0x1ffffffffffffffff'/>";
	_cleanup_(lend_xml_freep) xmlDoc *document = NULL;
	const xmlNode *a;
	uint64_t value = 7;

	(void)state;
	assert_done(lend_xml_parse(text, strlen(text), &document, error));
	a = xmlDocGetRootElement(document);
	assert_done(lend_xml_number(a, "absent", 255, &value, error));
	assert_int_equal(value, 7);
	assert_done(lend_xml_number(a, "hex", 255, &value, error));
	assert_int_equal(value, 31);
	assert_done(lend_xml_number(a, "decimal", 255, &value, error));
	assert_int_equal(value, 31);
	assert_done(lend_xml_number(a, "short", 255, &value, error));
	assert_int_equal(value, 1);

	assert_refused(lend_xml_number(a, "octal", 255, &value, error), -EINVAL,
		       "line 1: <a>: octal='010' is not a number");
	assert_refused(lend_xml_number(a, "eight", 255, &value, error), -EINVAL,
		       "line 1: <a>: eight='08' is not a number");
	assert_refused(lend_xml_number(a, "negative", 255, &value, error), -EINVAL,
		       "line 1: <a>: negative='-1' is not a number");
	assert_refused(lend_xml_number(a, "blank", 255, &value, error), -EINVAL,
		       "line 1: <a>: blank=' 1' is not a number");
	assert_refused(lend_xml_number(a, "empty", 255, &value, error), -EINVAL,
		       "line 1: <a>: empty='' is not a number");
	assert_refused(lend_xml_number(a, "large", 255, &value, error), -EINVAL,
		       "line 1: <a>: large='0x100' is more than 0xff");
	assert_refused(lend_xml_number(a, "huge", UINT64_MAX, &value, error), -EINVAL,
		       "line 1: <a>: huge='0x1ffffffffffffffff' is not a number");
	assert_int_equal(value, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_libvirt_printed_comes_back_byte_for_byte),
		cmocka_unit_test(a_stray_prefix_is_no_reason_to_refuse),
		cmocka_unit_test(a_value_stays_inside_its_quotes),
		cmocka_unit_test(a_document_type_is_refused_before_any_entity),
		cmocka_unit_test(depth_is_bounded_at_256),
		cmocka_unit_test(size_is_bounded_at_16_mib),
		cmocka_unit_test(broken_text_is_told_with_its_line),
		cmocka_unit_test(an_error_is_one_printable_line),
		cmocka_unit_test(numbers_are_hexadecimal_or_decimal_and_never_octal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
