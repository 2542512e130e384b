/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/base/late.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lendpci/base/error.h"

static lend_late_end_fn *end_call;

void lend_late_end_with(lend_late_end_fn *end)
{
	end_call = end;
}

/*
 * Like a call that was killed: what is half done then is undone as after any other death. There is no way to fail
 * softly, since the caller awaits whatever its function returns.
 */
static _Noreturn void give_up(const struct lend_late_library *library)
{
	struct lend_error error = { 0 };
	const char *reason = dlerror();

	lend_error_set(&error, -ELIBACC, "%s cannot be loaded: %s", library->soname,
		       reason ? reason : "the dynamic linker does not say why");
	lend_error_hint(&error, -ELIBACC, "install its package again (%s on Debian)", library->package);
	if (end_call)
		end_call(&error);
	(void)fprintf(stderr, "lendpci: %s\nhint: %s\n", error.text, error.hint);
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
