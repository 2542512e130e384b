/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzzers share: a host below a temporary directory, whose files are the inputs. */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lendpci/base/fs.h"
#include "machine.h"

static char *directory;
static struct lend_fs *host;

_Noreturn void fuzz_broken(const char *rule)
{
	(void)fprintf(stderr, "broken rule: %s\n", rule);
	abort();
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	FUZZ_RULE(text, "there is memory for the input");
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

static void remove_host(void)
{
	lend_fs_free(host);
	machine_free(directory);
}

const struct lend_fs *fuzz_host(const char *name)
{
	if (host)
		return host;
	directory = machine_new(name);
	FUZZ_RULE(lend_fs_new(directory, &host, NULL) == 0, "the host can be opened");
	(void)atexit(remove_host);
	return host;
}

static void make_folders(char *path)
{
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		FUZZ_RULE(mkdir(path, 0700) == 0 || errno == EEXIST, "a folder of the host can be made");
		*at = '/';
	}
}

void fuzz_put(const char *path, const uint8_t *data, size_t size)
{
	char file[PATH_MAX];
	int fd;

	FUZZ_RULE(snprintf(file, sizeof(file), "%s/%s", directory, path) < (int)sizeof(file), "the path fits");
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		make_folders(file);
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	}
	FUZZ_RULE(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file of the host can be written");
	(void)close(fd);
}
