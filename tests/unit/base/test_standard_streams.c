/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/standard_streams.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "test.h"

/* Without the three, as a careless caller or an attacker starts a program. 0 when all is as it should be. */
static int run_without_streams(unsigned closed)
{
	struct lend_fs *fs = NULL;
	char byte = 'x';

	for (int fd = 0; fd <= 2; fd++)
		if (closed & (1u << fd))
			(void)close(fd);
	lend_standard_streams_fill();
	if (lend_fs_new("/", &fs, NULL) < 0 || lend_fs_root(fs) <= 2)
		return 1;
	/* Using a stream that was closed fails as before: nothing is read, and nothing seems to be printed. */
	if ((closed & 1) && read(0, &byte, 1) >= 0)
		return 2;
	if ((closed & 2) && write(1, &byte, 1) >= 0)
		return 3;
	return (closed & 4) && write(2, &byte, 1) >= 0 ? 4 : 0;
}

static void no_file_of_ours_gets_the_number_of_a_closed_stream(void **state)
{
	(void)state;
	for (unsigned closed = 0; closed < 8; closed++) {
		pid_t pid = fork();
		int status = 0;

		if (pid == 0)
			_exit(run_without_streams(closed));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_file_of_ours_gets_the_number_of_a_closed_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
