/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library is loaded by its first call, which loses no argument; a missing one is named. */
#include "lendpci/base/late.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static struct lend_late_library library = { .soname = "liblendpci-missing.so.7", .package = "liblendpci-missing7" };
int lend_test_missing(void);
LEND_LATE_FUNCTION(lend_test_missing);

static struct lend_late_library other = { .soname = "libjansson.so.4", .package = "libjansson4" };

/* Whether the dynamic linker has a library of that name among this process's. */
static bool is_loaded(const char *soname)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[4096];
	bool found = false;

	assert_non_null(maps);
	while (!found && fgets(line, sizeof(line), maps))
		found = strstr(line, soname);
	assert_int_equal(fclose(maps), 0);
	return found;
}

/* Six integers, eight doubles and more of both on the stack: all that a variadic call can have. */
static void a_first_call_loses_no_argument(void **state)
{
	json_t *list;
	char *text;

	(void)state;
	assert_false(is_loaded("libjansson"));
	list = json_pack("[i,f,i,f,i,f,i,f,i,f,i,f,i,f,i,f,i,f,s]", 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7,
			 7.5, 8, 8.5, 9, 9.5, "end");
	assert_true(is_loaded("libjansson"));
	assert_non_null(list);
	text = json_dumps(list, JSON_COMPACT);
	assert_string_equal(text, "[1,1.5,2,2.5,3,3.5,4,4.5,5,5.5,6,6.5,7,7.5,8,8.5,9,9.5,\"end\"]");
	free(text);
	json_decref(list);
}

/* What a child that calls @call says on stderr; it must end with status 1. */
static void assert_gives_up(void (*call)(void), const char *sentence)
{
	char said[512] = "";
	int pipes[2], status;
	pid_t child;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)dup2(pipes[1], STDERR_FILENO);
		call();
		_exit(0);
	}
	assert_int_equal(close(pipes[1]), 0);
	assert_true(read(pipes[0], said, sizeof(said) - 1) > 0);
	assert_int_equal(close(pipes[0]), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_string_equal(said, sentence);
}

static void call_missing(void)
{
	(void)lend_test_missing();
}

static void a_missing_library_is_named(void **state)
{
	(void)state;
	assert_gives_up(
		call_missing,
		"lendpci: liblendpci-missing.so.7 cannot be loaded: liblendpci-missing.so.7: cannot open shared object file: No such file or directory\n"
		"hint: install its package again (liblendpci-missing7 on Debian)\n");
}

static void find_unknown(void)
{
	static struct lend_late_function function = { NULL, "json_from_the_future", &other };

	(void)lend_late_find(&function);
}

/* As after a downgrade of the library alone. */
static void a_library_without_the_function_is_named(void **state)
{
	struct lend_late_function known = { NULL, "json_null", &other };
	char sentence[512];

	(void)state;
	assert_non_null(lend_late_find(&known));
	assert_ptr_equal(known.jump, lend_late_find(&known));
	(void)snprintf(sentence, sizeof(sentence),
		       "lendpci: libjansson.so.4 cannot be loaded: %s: undefined symbol: json_from_the_future\n"
		       "hint: install its package again (libjansson4 on Debian)\n",
		       "/lib/x86_64-linux-gnu/libjansson.so.4");
	assert_gives_up(find_unknown, sentence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_call_loses_no_argument),
		cmocka_unit_test(a_missing_library_is_named),
		cmocka_unit_test(a_library_without_the_function_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
