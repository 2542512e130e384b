/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/domain/template.h"
#include "lendpci/know/domain/xml.h"
#include "test.h"

/** A host whose administrator may have templates of their own. */
struct host {
	char directory[32];
	struct lend_fs *fs;
};

static int make_host(void **state)
{
	struct host *host = calloc(1, sizeof(*host));
	static const char *const parts[] = { "etc", "etc/lendpci", "etc/lendpci/templates" };

	(void)snprintf(host->directory, sizeof(host->directory), "/dev/shm/lendpci-test-XXXXXX");
	assert_non_null(mkdtemp(host->directory));
	for (size_t i = 0; i < LEND_ARRAY_SIZE(parts); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "%s/%s", host->directory, parts[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	assert_done(lend_fs_new(host->directory, &host->fs, error));
	*state = host;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static int remove_host(void **state)
{
	struct host *host = *state;

	lend_fs_free(host->fs);
	(void)nftw(host->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(host);
	return 0;
}

static void override(const struct host *host, const char *file, const char *text)
{
	_cleanup_fclose_ FILE *out = NULL;
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/etc/lendpci/templates/%s", host->directory, file);
	out = fopen(path, "w");
	assert_non_null(out);
	(void)fputs(text, out);
}

static const struct lend_template_value function_0[] = {
	{ "source-domain", "0x0000" }, { "source-bus", "0x01" },  { "source-slot", "0x00" },
	{ "source-function", "0x0" },  { "guest-bus", "0x06" },   { "guest-slot", "0x00" },
	{ "guest-function", "0x0" },   { "alias", "ua-lendpci" }, { NULL, NULL },
};

/* The element of a template, as text without any blanks between its parts. */
static char *made(const struct host *host, enum lend_template which, const struct lend_template_value *values)
{
	_cleanup_(lend_templates_freep) struct lend_templates *templates = NULL;
	_cleanup_(lend_xml_freep) xmlDoc *document = xmlNewDoc(NULL);
	xmlNode *node;

	assert_done(lend_templates_load(host->fs, &templates, error));
	assert_done(lend_template_make(templates, which, values, document, &node, error));
	(void)xmlDocSetRootElement(document, node);
	return lend_xml_format(document);
}

static void assert_rejected(const struct host *host, const char *file, const char *text, const char *sentence)
{
	struct lend_templates *templates = NULL;

	override(host, file, text);
	assert_refused(lend_templates_load(host->fs, &templates, error), -EINVAL, sentence);
	assert_null(templates);
}

static void without_overrides_the_built_in_templates_serve(void **state)
{
	_cleanup_free_ char *text = made(*state, LEND_TEMPLATE_HOSTDEV, function_0);

	assert_string_equal(text, "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
				  "<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>"
				  "<alias name='ua-lendpci'/>"
				  "<address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0'/>"
				  "</hostdev>\n");
}

static void an_element_that_has_nothing_to_say_is_left_out(void **state)
{
	const struct lend_template_value pinned[] = { { "driver", "vfio-pci" }, { NULL, NULL } };
	_cleanup_free_ char *without = NULL, *with = NULL;

	override(
		*state, "hostdev.xml",
		"<hostdev type='pci'><driver model='${driver}'/><rom/><boot order='1' loadparm='${guest-bus}'/><source>"
		"<address domain='${source-domain}' bus='${source-bus}' slot='${source-slot}'"
		" function='${source-function}'/></source><alias name='a${alias}'/></hostdev>");
	without = made(*state, LEND_TEMPLATE_HOSTDEV, (const struct lend_template_value[]){ { NULL, NULL } });
	/* What says nothing in the template itself is meant so, and so is what holds something else. */
	assert_string_equal(without,
			    "<hostdev type='pci'><rom/><boot order='1'/><source/><alias name='a'/></hostdev>\n");
	with = made(*state, LEND_TEMPLATE_HOSTDEV, pinned);
	assert_string_equal(with, "<hostdev type='pci'><driver model='vfio-pci'/><rom/><boot order='1'/><source/>"
				  "<alias name='a'/></hostdev>\n");
}

static void an_administrators_template_is_used_instead(void **state)
{
	_cleanup_free_ char *text = NULL;

	override(*state, "pcihole64.xml",
		 "<!-- ours -->\n<pcihole64 unit='KiB'><!-- in the middle -->${kib}</pcihole64>\n");
	text = made(*state, LEND_TEMPLATE_PCIHOLE64,
		    (const struct lend_template_value[]){ { "kib", "33554432" }, { NULL, NULL } });
	assert_string_equal(text, "<pcihole64 unit='KiB'>33554432</pcihole64>\n");
}

/* Whatever a value holds, it stays a value. */
static void a_value_never_becomes_markup(void **state)
{
	_cleanup_free_ char *text = made(*state, LEND_TEMPLATE_PCIHOLE64,
					 (const struct lend_template_value[]){
						 { "kib", "1</pcihole64><evil a='&lt;'/>${kib}" }, { NULL, NULL } });

	assert_string_equal(text, "<pcihole64 unit='KiB'>1&lt;/pcihole64&gt;&lt;evil a=&apos;&amp;lt;&apos;/&gt;"
				  "${kib}</pcihole64>\n");
}

static void a_broken_template_is_told_with_file_and_line(void **state)
{
	assert_rejected(*state, "pcihole64.xml", "<pcihole64 unit='KiB'>\n${kib}\n",
			"/etc/lendpci/templates/pcihole64.xml: line 3: Premature end of data in tag pcihole64 line 1");
	assert_rejected(
		*state, "pcihole64.xml", "<!-- x -->\n<hole/>\n",
		"/etc/lendpci/templates/pcihole64.xml: line 2: <hole> is not the <pcihole64> that belongs here");
	assert_rejected(*state, "pcihole64.xml", "<pcihole64>${kib}${mib}</pcihole64>",
			"/etc/lendpci/templates/pcihole64.xml: line 1: there is no placeholder ${mib}");
	assert_rejected(*state, "pcihole64.xml", "<pcihole64>4</pcihole64>",
			"/etc/lendpci/templates/pcihole64.xml: line 1: the placeholder ${kib} is missing");
	assert_rejected(
		*state, "pcihole64.xml", "<!DOCTYPE a [<!ENTITY b SYSTEM '/etc/shadow'>]><pcihole64>${kib}</pcihole64>",
		"/etc/lendpci/templates/pcihole64.xml: line 1: a document type declaration is not allowed in a domain's XML");
}

/* Without the alias nothing would tell our hostdevs from the user's own. */
static void a_template_cannot_lose_the_mark(void **state)
{
	assert_rejected(
		*state, "hostdev.xml",
		"<hostdev mode='subsystem' type='pci'><source><address domain='${source-domain}' bus='${source-bus}'"
		" slot='${source-slot}' function='${source-function}'/></source></hostdev>",
		"/etc/lendpci/templates/hostdev.xml: line 1: the placeholder ${alias} is missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_overrides_the_built_in_templates_serve, make_host, remove_host),
		cmocka_unit_test_setup_teardown(an_element_that_has_nothing_to_say_is_left_out, make_host, remove_host),
		cmocka_unit_test_setup_teardown(an_administrators_template_is_used_instead, make_host, remove_host),
		cmocka_unit_test_setup_teardown(a_value_never_becomes_markup, make_host, remove_host),
		cmocka_unit_test_setup_teardown(a_broken_template_is_told_with_file_and_line, make_host, remove_host),
		cmocka_unit_test_setup_teardown(a_template_cannot_lose_the_mark, make_host, remove_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
