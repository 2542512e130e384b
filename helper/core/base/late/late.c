/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/late.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

/*
 * Like a call that was killed: what is half done then is undone as after any other death. There is no way to fail
 * softly, since the caller awaits whatever its function returns.
 */
static _Noreturn void give_up(const struct lend_late_library *library)
{
	const char *reason = dlerror();

	(void)fprintf(stderr, "lendpci: %s cannot be loaded: %s\nhint: apt-get install --reinstall %s\n",
		      library->soname, reason ? reason : "the dynamic linker does not say why", library->package);
	_exit(1);
}

const void *lend_late_find(struct lend_late_function *function)
{
	struct lend_late_library *library = function->library;
	void *found;

	if (!library->handle)
		library->handle = dlopen(library->soname, RTLD_LAZY | RTLD_LOCAL);
	found = library->handle ? dlsym(library->handle, function->name) : NULL;
	if (!found)
		give_up(library);
	function->jump = found;
	return found;
}
