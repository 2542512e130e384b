/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors 0 to 2 are open before anything else is. */
#include "lendpci/base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

void lend_standard_streams_fill(void)
{
	/* open(2) takes the lowest free number, which is this one, since those below are filled. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}
