/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hook-answer MACHINE < DOMAIN.XML: what the hook answers to `prepare` on a recorded machine.
 *
 * The hook itself knows no other root than "/", since libvirt runs it as root. Here its own code runs over the
 * recording, up to the first change that it would make for the domain: the entry in its journal, before which
 * everything is asked. Ends with 0 when it gets there, and with 1 and the hook's sentence when it refuses.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/settings.h"
#include "operation.h"

/* Changes nothing that is not a file of the recording, and no loan. */
static int stop_at_the_first(void *userdata, enum lend_change_kind kind, const char *path, const char *text)
{
	bool *would_lend = userdata;

	(void)text;
	if (kind == LEND_CHANGE_REPLACE &&
	    strncmp(path, LEND_STATE_DIR "/loans/", strlen(LEND_STATE_DIR "/loans/")) == 0)
		*would_lend = true;
	else if (kind != LEND_CHANGE_MODULE && kind != LEND_CHANGE_UNIT)
		return 0;
	return -ECANCELED;
}

int main(int argc, char **argv)
{
	static char xml[1 << 20];
	_cleanup_(lend_fs_freep) struct lend_fs *fs = NULL;
	struct lend_hook_call call = { .domain = "recorded", .operation = "prepare", .xml = xml };
	struct lend_context context = { .settings = &lend_settings_default };
	struct lend_error error = { 0 };
	bool would_lend = false;
	int r;

	if (argc != 2) {
		(void)fputs("usage: hook-answer MACHINE < DOMAIN.XML\n", stderr);
		return 2;
	}
	call.xml_size = fread(xml, 1, sizeof(xml) - 1, stdin);
	r = lend_fs_new(argv[1], &fs, &error);
	if (r == 0) {
		lend_fs_intercept(fs, stop_at_the_first, &would_lend);
		context.fs = fs;
		r = lend_hook_run(&context, &call, &error);
	}
	if (r == 0 || would_lend)
		return 0;
	(void)fprintf(stderr, "%s\n", error.text);
	return 1;
}
