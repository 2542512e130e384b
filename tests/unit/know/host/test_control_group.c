/* SPDX-License-Identifier: GPL-2.0-or-later */
/* To whom a process belongs, by its control group: what a user chose to call a unit is not the host's. */
#include "lendpci/know/host/control_group.h"

#include <stdio.h>

#include "holders_host.h"
#include "test.h"

static void units_users_and_sessions_are_told_apart(void **state)
{
	static const struct {
		const char *group, *unit;
		bool is_user_unit;
		const char *session;
	} cases[] = {
		{ "/system.slice/gdm.service", "gdm.service", false, "" },
		{ "/", "", false, "" },
		{ "/user.slice/user-1000.slice/session-3.scope", "session-3.scope", false, "session-3.scope" },
		{ "/user.slice/user-120.slice/session-c1.scope", "session-c1.scope", false, "session-c1.scope" },
		{ "/user.slice/user-1000.slice/user@1000.service/session.slice/plasma-kwin_wayland.service",
		  "plasma-kwin_wayland.service", true, "user@1000.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/init.scope", "init.scope", true, "user@1000.service" },
		/* A container has whatever units it likes. */
		{ "/system.slice/docker-12ab.scope/user.slice/user-1000.slice/session-3.scope", "docker-12ab.scope",
		  false, "" },
		/* A user's own groups are below the manager, whatever they are called. */
		{ "/user.slice/user-1000.slice/user@1000.service/session-1.scope", "session-1.scope", true,
		  "user@1000.service" },
		{ "/user.slice/user-1000.slice/user@1001.service/a.service", "a.service", true, "" },
		{ "/user.slice/user-1000.slice/run-r12.scope", "run-r12.scope", false, "" },
		{ "/user.slice/user-x.slice/session-3.scope", "session-3.scope", false, "" },
	};
	struct host *host = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct lend_control_group group;
		char pid[16];

		(void)snprintf(pid, sizeof(pid), "%zu", 700 + i);
		host_process(host, 700 + (int)i, "some", cases[i].group);
		lend_control_group_read(host->fs, pid, &group);
		assert_string_equal(group.unit, cases[i].unit);
		assert_int_equal(group.is_user_unit, cases[i].is_user_unit);
		assert_string_equal(group.session, cases[i].session);
	}
}

static void a_process_that_is_gone_belongs_to_nobody(void **state)
{
	struct host *host = *state;
	struct lend_control_group group;

	lend_control_group_read(host->fs, "4711", &group);
	assert_string_equal(group.unit, "");
	assert_string_equal(group.session, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(units_users_and_sessions_are_told_apart, host_set_up, host_tear_down),
		cmocka_unit_test_setup_teardown(a_process_that_is_gone_belongs_to_nobody, host_set_up, host_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
