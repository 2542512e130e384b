/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One definition from where libvirt keeps them: of the domain that was asked for, and of none that a name leads to. */
#include "lendpci/know/domain/config.h"

#include <errno.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/know/domain/domain.h"
#include "machine_fs.h"
#include "test.h"

static struct machine_fs machine;

/* Its etc/libvirt/qemu has win11.xml, with a hostdev. */
static int make_machine(void **state)
{
	(void)state;
	machine = machine_fs_new("ready");
	return 0;
}

static int remove_machine(void **state)
{
	(void)state;
	machine_fs_free(&machine);
	return 0;
}

static void a_definition_is_found_by_its_name(void **state)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;

	(void)state;
	assert_done(lend_domain_config_find(machine.fs, "win11", &domain, error));
	assert_string_equal(domain->name, "win11");
	assert_string_equal(lend_address_text(*lend_domain_first_borrowed(domain)).text, "0000:01:00.0");
}

static void a_name_never_leads_to_another_file(void **state)
{
	static const char *const names[] = { "",       ".", "..", ".win11", "/etc/libvirt/qemu/win11", "../qemu/win11",
					     "./win11" };
	struct lend_domain *domain = NULL;
	char long_name[300];

	(void)state;
	for (size_t i = 0; i < LEND_ARRAY_SIZE(names); i++)
		assert_refused(lend_domain_config_find(machine.fs, names[i], &domain, error), -ENOENT,
			       "no definition is kept under such a name");
	memset(long_name, 'a', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	assert_refused(lend_domain_config_find(machine.fs, long_name, &domain, error), -ENOENT,
		       "no definition is kept under such a name");
	assert_refused(lend_domain_config_find(machine.fs, "win12", &domain, error), -ENOENT,
		       "/etc/libvirt/qemu/win12.xml: No such file or directory");
	assert_null(domain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_definition_is_found_by_its_name),
		cmocka_unit_test(a_name_never_leads_to_another_file),
	};

	return cmocka_run_group_tests(tests, make_machine, remove_machine);
}
