/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/names.h"
#include "test.h"

static const struct lend_function gtx_1080 = { .vendor = 0x10de, .device = 0x1b80, .class = 0x030000 };

/* Opens a list with @text in it. */
static struct lend_names *names_with(const char *text)
{
	char path[] = "/dev/shm/lendpci-names-XXXXXX";
	int fd = mkstemp(path);
	struct lend_names *names;
	char name[LEND_NAME_MAX];

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
	assert_done(lend_names_new(path, &names, error));
	lend_names_function(names, &gtx_1080, name); /* the list is read when it is asked for the first time */
	(void)unlink(path);
	return names;
}

static void a_known_card_has_its_name(void **state)
{
	_cleanup_(lend_names_freep) struct lend_names *names =
		names_with("10de  NVIDIA Corporation\n\t1b80  GP104 [GeForce GTX 1080]\nC 03  Display controller\n"
			   "\t00  VGA compatible controller\n");
	char name[LEND_NAME_MAX];

	(void)state;
	lend_names_function(names, &gtx_1080, name);
	assert_string_equal(name, "NVIDIA Corporation GP104 [GeForce GTX 1080]");
	lend_names_class(names, 0x030000, name);
	assert_string_equal(name, "VGA compatible controller");
}

static void an_unknown_card_has_numbers(void **state)
{
	_cleanup_(lend_names_freep) struct lend_names *names = names_with("10de  NVIDIA Corporation\n");
	struct lend_function unknown = gtx_1080;
	char name[LEND_NAME_MAX];

	(void)state;
	lend_names_function(names, &unknown, name);
	assert_string_equal(name, "NVIDIA Corporation Device 1b80");
	unknown.vendor = 0x0bad;
	lend_names_function(names, &unknown, name);
	assert_string_equal(name, "Device 0bad:1b80");
}

/* libpci ends the program when it cannot parse its list. */
static void a_broken_list_does_not_end_the_program(void **state)
{
	_cleanup_(lend_names_freep) struct lend_names *names = names_with("\t\t\tnonsense\n");
	char name[LEND_NAME_MAX];

	(void)state;
	lend_names_function(names, &gtx_1080, name);
	assert_string_equal(name, "Device 10de:1b80");
	lend_names_class(names, 0x030000, name);
	assert_string_equal(name, "Class 0300");
}

static void a_missing_list_is_fine(void **state)
{
	_cleanup_(lend_names_freep) struct lend_names *names = NULL;
	char name[LEND_NAME_MAX];

	(void)state;
	assert_done(lend_names_new("/nonexistent/pci.ids", &names, error));
	lend_names_function(names, &gtx_1080, name);
	assert_string_equal(name, "Device 10de:1b80");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_card_has_its_name),
		cmocka_unit_test(an_unknown_card_has_numbers),
		cmocka_unit_test(a_broken_list_does_not_end_the_program),
		cmocka_unit_test(a_missing_list_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
