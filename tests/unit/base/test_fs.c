/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files below the root of a recorded machine, which a stranger may have made. */
#include "lendpci/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/trace.h"
#include "test.h"

struct place {
	char root[64];
	struct lend_fs *fs;
};

static const char *path_of(const struct place *place, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", place->root, name);
	return path;
}

static void put(const struct place *place, const char *name, const char *text)
{
	_cleanup_fclose_ FILE *file = fopen(path_of(place, name), "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
}

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	(void)snprintf(place->root, sizeof(place->root), "/dev/shm/lendpci-fs-XXXXXX");
	assert_non_null(mkdtemp(place->root));
	assert_int_equal(lend_fs_new(place->root, &place->fs, NULL), 0);
	*state = place;
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
	struct place *place = *state;

	lend_fs_free(place->fs);
	(void)nftw(place->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(place);
	return 0;
}

static void a_fifo_in_a_files_place_is_refused_and_not_waited_for(void **state)
{
	struct place *place = *state;
	const struct lend_deadline deadline = lend_deadline_in(5000);
	_cleanup_free_ char *text = NULL;
	char value[64];

	assert_int_equal(mkfifo(path_of(place, "config"), 0644), 0);
	assert_refused(lend_fs_read(place->fs, "config", value, sizeof(value), error), -EINVAL,
		       "/config: it is not a regular file");
	assert_refused(lend_fs_read_all(place->fs, "config", 4096, &text, NULL, error), -EINVAL,
		       "/config: it is not a regular file");
	assert_refused(lend_fs_open(place->fs, "config", O_RDONLY, error), -EINVAL,
		       "/config: it is not a regular file");
	assert_false(lend_deadline_has_passed(deadline));
	/* That it is there, and what it is, may still be asked. */
	assert_true(lend_fs_exists(place->fs, "config"));
}

static void a_device_node_and_a_directory_are_no_files_either(void **state)
{
	struct place *place = *state;
	char value[64];

	assert_int_equal(mkdir(path_of(place, "vendor"), 0755), 0);
	assert_refused(lend_fs_read(place->fs, "vendor", value, sizeof(value), error), -EISDIR,
		       "/vendor: Is a directory");
	/* A link out of the recording stays inside of it, where there is no such thing. */
	assert_int_equal(symlink("/dev/zero", path_of(place, "zero")), 0);
	assert_refused(lend_fs_read(place->fs, "zero", value, sizeof(value), error), -ENOENT,
		       "/zero: No such file or directory");
}

static void an_attribute_of_a_recording_is_printable_and_keeps_its_lines(void **state)
{
	struct place *place = *state;
	char value[64];

	put(place, "reset_method", "flr \033]0;owned\007 bus\xe2\x80\xae\nsecond\tline\n");
	assert_done(lend_fs_read(place->fs, "reset_method", value, sizeof(value), error));
	assert_string_equal(value, "flr ?]0;owned? bus?\nsecond\tline");
	assert_int_equal(symlink("drivers/\033[2Jnvi\ndia", path_of(place, "driver")), 0);
	assert_done(lend_fs_link_name(place->fs, "driver", value, sizeof(value), error));
	assert_string_equal(value, "?[2Jnvi?dia");
}

static void a_whole_file_is_read_byte_for_byte(void **state)
{
	struct place *place = *state;
	_cleanup_free_ char *text = NULL;
	size_t size = 0;

	put(place, "config", "\x86\x80\x1b\n\n");
	assert_done(lend_fs_read_all(place->fs, "config", 4096, &text, &size, error));
	assert_int_equal(size, 5);
	assert_memory_equal(text, "\x86\x80\x1b\n\n", 6);
}

static char told[4096];

static void collect(void *userdata, const char *line)
{
	(void)userdata;
	(void)strncat(told, line, sizeof(told) - strlen(told) - 2);
	(void)strcat(told, "\n");
}

static void who_debugs_sees_every_file_that_is_read_and_written(void **state)
{
	struct place *place = *state;
	_cleanup_(lend_fs_names_freep) char **names = NULL;
	char value[64];

	put(place, "driver_override", "(null)\n");
	told[0] = '\0';
	lend_trace_to(collect, NULL);
	assert_done(lend_fs_read(place->fs, "driver_override", value, sizeof(value), error));
	assert_done(lend_fs_write(place->fs, "driver_override", "vfio-pci\n", error));
	assert_int_equal(lend_fs_read(place->fs, "vendor", value, sizeof(value), NULL), -ENOENT);
	assert_false(lend_fs_exists(place->fs, "physfn"));
	assert_done(lend_fs_make_dir(place->fs, "run/lendpci", error));
	assert_done(lend_fs_replace(place->fs, "run/lendpci/a", "{}", error));
	assert_done(lend_fs_rename(place->fs, "run/lendpci/a", "run/lendpci/b", error));
	assert_done(lend_fs_remove(place->fs, "run/lendpci/b", error));
	assert_done(lend_fs_list(place->fs, "run", &names, NULL, error));
	lend_trace_to(NULL, NULL);
	assert_string_equal(told, "read /driver_override: \"(null)\"\n"
				  "write /driver_override: \"vfio-pci?\"\n"
				  "failed (-2): /vendor: No such file or directory\n"
				  "exists /physfn: No such file or directory\n"
				  "make directory /run/lendpci\n"
				  "replace /run/lendpci/a: 2 bytes\n"
				  "rename /run/lendpci/a: to /run/lendpci/b\n"
				  "remove /run/lendpci/b\n"
				  "list /run: 1 names\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_fifo_in_a_files_place_is_refused_and_not_waited_for, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_device_node_and_a_directory_are_no_files_either, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_attribute_of_a_recording_is_printable_and_keeps_its_lines, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_whole_file_is_read_byte_for_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_debugs_sees_every_file_that_is_read_and_written, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
