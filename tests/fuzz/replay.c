/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives a target each file of the folders and files named by the arguments, without libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned replayed;

static void replay(const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	uint8_t *data;
	size_t size;

	FUZZ_RULE(file && fstat(fileno(file), &status) == 0, path);
	data = malloc((size_t)status.st_size + 1);
	FUZZ_RULE(data, "there is memory for the file");
	size = fread(data, 1, (size_t)status.st_size, file);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	replayed++;
}

static void replay_all(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	FUZZ_RULE(dir, folder);
	while ((entry = readdir(dir))) {
		char path[4096];

		if (*entry->d_name == '.')
			continue;
		FUZZ_RULE(snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) < (int)sizeof(path), folder);
		replay(path);
	}
	(void)closedir(dir);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat status;

		FUZZ_RULE(stat(argv[i], &status) == 0, argv[i]);
		if (S_ISDIR(status.st_mode))
			replay_all(argv[i]);
		else
			replay(argv[i]);
	}
	(void)printf("%u inputs\n", replayed);
	return replayed ? 0 : 1;
}
