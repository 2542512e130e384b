/* SPDX-License-Identifier: GPL-2.0-or-later */
/* make-machine DESCRIPTION DIRECTORY: the same machines for tests that are shell scripts. */
#include <err.h>

#include "machine.h"

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: make-machine DESCRIPTION DIRECTORY");
	machine_build(argv[1], argv[2]);
	return 0;
}
