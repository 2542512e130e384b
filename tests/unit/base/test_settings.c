/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's configuration, read from a directory that stands for the root. */
#include "test.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"

#define EXAMPLE TESTS_DATA "/../../helper/data/lendpci.conf"

struct etc {
	char root[64];
	struct lend_fs *fs;
};

static void etc_write(const struct etc *etc, const char *name, const char *text)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/etc/lendpci/%s", etc->root, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
}

static int set_up(void **state)
{
	static const char *const directories[] = { "etc", "etc/lendpci", "etc/lendpci/lendpci.conf.d" };
	struct etc *etc = calloc(1, sizeof(*etc));

	assert_non_null(etc);
	(void)snprintf(etc->root, sizeof(etc->root), "/dev/shm/lendpci-settings-XXXXXX");
	assert_non_null(mkdtemp(etc->root));
	for (size_t i = 0; i < LEND_ARRAY_SIZE(directories); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s/%s", etc->root, directories[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	assert_int_equal(lend_fs_new(etc->root, &etc->fs, NULL), 0);
	*state = etc;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static int tear_down(void **state)
{
	struct etc *etc = *state;

	lend_fs_free(etc->fs);
	(void)nftw(etc->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(etc);
	return 0;
}

static void a_host_without_a_file_has_the_defaults(void **state)
{
	struct etc *etc = *state;
	struct lend_settings settings;
	char path[128];

	assert_done(lend_settings_load(etc->fs, &settings, error));
	assert_memory_equal(&settings, &lend_settings_default, sizeof(settings));

	(void)snprintf(path, sizeof(path), "%s/etc", etc->root);
	(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	assert_done(lend_settings_load(etc->fs, &settings, error));
	assert_memory_equal(&settings, &lend_settings_default, sizeof(settings));
	assert_int_equal(settings.holders, LEND_HOLDERS_REFUSE);
	assert_int_equal(settings.unbind_deadline_ms, 30000);
}

static void each_key_sets_its_member(void **state)
{
	struct etc *etc = *state;
	struct lend_settings settings;

	etc_write(etc, "lendpci.conf",
		  "lock_deadline = 500ms\nunbind_deadline=1min\nvfio_release_deadline = 60 s # slow host\n"
		  "start_deadline = 20min\nholders = wait\nholders_wait = 7\n");
	assert_done(lend_settings_load(etc->fs, &settings, error));
	assert_int_equal(settings.lock_deadline_ms, 500);
	assert_int_equal(settings.unbind_deadline_ms, 60000);
	assert_int_equal(settings.vfio_release_deadline_ms, 60000);
	assert_int_equal(settings.start_deadline_ms, 1200000);
	assert_int_equal(settings.holders, LEND_HOLDERS_WAIT);
	assert_int_equal(settings.holders_wait_ms, 7000);
}

static void an_administrator_can_say_that_no_unit_may_be_stopped(void **state)
{
	struct etc *etc = *state;
	struct lend_settings settings;

	etc_write(etc, "lendpci.conf", "stop_units =\n");
	assert_done(lend_settings_load(etc->fs, &settings, error));
	assert_string_equal(settings.stop_units, "");
	etc_write(
		etc, "lendpci.conf",
		"holders = stop\nstop_units =   # none\nstop_sessions = yes\ndisplay = refuse\nnetwork = take\ndebug = yes\n");
	assert_done(lend_settings_load(etc->fs, &settings, error));
	assert_string_equal(settings.stop_units, "");
	assert_int_equal(settings.holders, LEND_HOLDERS_STOP);
	assert_true(settings.stop_sessions);
	assert_true(settings.keep_display);
	assert_true(settings.take_network);
	assert_true(settings.debug);
}

static void drop_ins_override_in_the_order_of_their_names(void **state)
{
	struct etc *etc = *state;
	struct lend_settings settings;

	etc_write(etc, "lendpci.conf", "holders = wait\nunbind_deadline = 10s\nlock_deadline = 1s\n");
	etc_write(etc, "lendpci.conf.d/20-site.conf", "unbind_deadline = 20s\n");
	etc_write(etc, "lendpci.conf.d/10-package.conf", "unbind_deadline = 15s\nlock_deadline = 2s\n");
	etc_write(etc, "lendpci.conf.d/20-site.conf.dpkg-old", "holders = ignore\n");
	etc_write(etc, "lendpci.conf.d/.conf", "holders = ignore\n");
	etc_write(etc, "lendpci.conf.d/30-empty.conf", "");
	assert_done(lend_settings_load(etc->fs, &settings, error));
	assert_int_equal(settings.holders, LEND_HOLDERS_WAIT);
	assert_int_equal(settings.unbind_deadline_ms, 20000);
	assert_int_equal(settings.lock_deadline_ms, 2000);
}

/* Each typing error, where it is and what is wrong with it. Nothing of the file counts then. */
static void a_typing_error_is_refused_with_file_and_line(void **state)
{
	static const struct {
		const char *text, *sentence;
	} wrong[] = {
		{ "# comment\nunbind_deadlin = 3s\n",
		  "/etc/lendpci/lendpci.conf:2: 'unbind_deadlin' is not a setting" },
		{ "Holders = ignore\n", "/etc/lendpci/lendpci.conf:1: 'Holders' is not a setting" },
		{ "unbind_deadline = 3 weeks\n",
		  "/etc/lendpci/lendpci.conf:1: unbind_deadline: '3 weeks' is not a time: expected 30s, 500ms or 2min" },
		{ "unbind_deadline = -1s\n",
		  "/etc/lendpci/lendpci.conf:1: unbind_deadline: '-1s' is not a time: expected 30s, 500ms or 2min" },
		{ "unbind_deadline = 99999999999999999999s\n",
		  "/etc/lendpci/lendpci.conf:1: unbind_deadline: '99999999999999999999s' is not a time: expected 30s, 500ms or 2min" },
		{ "unbind_deadline = 1ms\n",
		  "/etc/lendpci/lendpci.conf:1: unbind_deadline: '1ms' is out of range: expected 1s to 600s" },
		{ "unbind_deadline = 4294967295min\n",
		  "/etc/lendpci/lendpci.conf:1: unbind_deadline: '4294967295min' is out of range: expected 1s to 600s" },
		{ "holders = off\n",
		  "/etc/lendpci/lendpci.conf:1: holders: 'off' is not one of refuse, wait, stop, release, ignore" },
		{ "stop_units = gdm\n",
		  "/etc/lendpci/lendpci.conf:1: stop_units: 'gdm' is not a unit: expected display-manager.service" },
		{ "stop_units = a.service ../b.service\n",
		  "/etc/lendpci/lendpci.conf:1: stop_units: '../b.service' is not a unit: expected display-manager.service" },
		{ "network = yes\n", "/etc/lendpci/lendpci.conf:1: network: 'yes' is neither refuse nor take" },
		{ "debug = 1\n", "/etc/lendpci/lendpci.conf:1: debug: '1' is neither yes nor no" },
		{ "holders =\n", "/etc/lendpci/lendpci.conf:1: holders: has no value" },
		{ "holders\n", "/etc/lendpci/lendpci.conf:1: holders: has no value" },
		{ "holders: ignore\n", "/etc/lendpci/lendpci.conf:1: Missing delimiter: expected KEY = VALUE" },
		{ "holders = wait\nholders_wait 30s\n",
		  "/etc/lendpci/lendpci.conf:2: more text after holders = wait: expected KEY = VALUE" },
		{ "[holders]\npolicy = ignore\n",
		  "/etc/lendpci/lendpci.conf: [holders]: the settings stand in no section" },
		{ "[holders\n", "/etc/lendpci/lendpci.conf:1: Missing bracket: expected KEY = VALUE" },
	};
	struct etc *etc = *state;

	for (size_t i = 0; i < LEND_ARRAY_SIZE(wrong); i++) {
		struct lend_settings settings = { .lock_deadline_ms = 42 };

		etc_write(etc, "lendpci.conf", wrong[i].text);
		assert_refused(lend_settings_load(etc->fs, &settings, error), -EINVAL, wrong[i].sentence);
		assert_int_equal(settings.lock_deadline_ms, 42);
	}
}

static void a_wrong_drop_in_is_named_even_if_a_later_one_would_override_it(void **state)
{
	struct etc *etc = *state;
	struct lend_settings settings;

	etc_write(etc, "lendpci.conf.d/10-a.conf", "\nholders = yes\n");
	etc_write(etc, "lendpci.conf.d/20-b.conf", "holders = refuse\n");
	assert_refused(
		lend_settings_load(etc->fs, &settings, error), -EINVAL,
		"/etc/lendpci/lendpci.conf.d/10-a.conf:2: holders: 'yes' is not one of refuse, wait, stop, release, ignore");
}

/* libeconf opens by name, and would wait for a writer that never comes. */
static void a_fifo_instead_of_a_file_is_refused(void **state)
{
	struct etc *etc = *state;
	struct lend_settings settings;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/etc/lendpci/lendpci.conf", etc->root);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_refused(lend_settings_load(etc->fs, &settings, error), -EINVAL,
		       "/etc/lendpci/lendpci.conf: it is not a regular file");
}

static void a_link_in_a_recorded_machine_does_not_lead_to_the_host(void **state)
{
	struct etc *etc = *state;
	struct lend_settings settings;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/etc/lendpci/lendpci.conf", etc->root);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_done(lend_settings_load(etc->fs, &settings, error));
	assert_memory_equal(&settings, &lend_settings_default, sizeof(settings));
}

/* The example tells the defaults: take away the '#' before each key and it must load as if it were not there. */
static void the_example_names_every_key_with_its_default(void **state)
{
	struct etc *etc = *state;
	struct lend_settings settings;
	_cleanup_fclose_ FILE *example = fopen(EXAMPLE, "re");
	char text[4096] = "", line[256];
	unsigned keys = 0;

	assert_non_null(example);
	while (fgets(line, sizeof(line), example)) {
		if (*line != '#' || line[1] < 'a' || line[1] > 'z')
			continue;
		(void)strncat(text, line + 1, sizeof(text) - strlen(text) - 1);
		keys++;
	}
	assert_int_equal(keys, 12);
	etc_write(etc, "lendpci.conf", text);
	assert_done(lend_settings_load(etc->fs, &settings, error));
	assert_memory_equal(&settings, &lend_settings_default, sizeof(settings));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_host_without_a_file_has_the_defaults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(each_key_sets_its_member, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_administrator_can_say_that_no_unit_may_be_stopped, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(drop_ins_override_in_the_order_of_their_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_typing_error_is_refused_with_file_and_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_wrong_drop_in_is_named_even_if_a_later_one_would_override_it, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_fifo_instead_of_a_file_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_link_in_a_recorded_machine_does_not_lead_to_the_host, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_example_names_every_key_with_its_default, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
