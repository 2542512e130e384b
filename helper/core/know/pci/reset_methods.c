/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a function can be reset, and which of the kernel's promises it cannot keep. */
#include "lendpci/know/pci/reset_methods.h"

#include <errno.h>
#include <string.h>

#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/know/pci/function.h"

int lend_reset_methods_read(const struct lend_fs *fs, struct lend_address address, bool alone,
			    struct lend_reset_methods *ret, struct lend_error *error)
{
	struct lend_reset_methods reset = { 0 };
	char text[256], *save = NULL;
	int r;

	r = lend_fs_read(fs, lend_function_path(address, "reset_method").text, text, sizeof(text), error);
	if (r == -ENOENT) {
		if (lend_fs_exists(fs, lend_function_path(address, "reset").text))
			(void)strcpy(reset.methods[reset.count++], "default");
		*ret = reset;
		return 0;
	}
	if (r < 0)
		return r;

	for (char *word = strtok_r(text, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
		if (!alone && strcmp(word, "bus") == 0) {
			reset.false_bus = true;
			continue;
		}
		if (reset.count == LEND_RESETS_MAX || strlen(word) >= sizeof(reset.methods[0]))
			return lend_error_set(error, -EINVAL, "/%s: '%s' is no list of reset methods",
					      lend_function_path(address, "reset_method").text, word);
		(void)strcpy(reset.methods[reset.count++], word);
	}
	*ret = reset;
	return 0;
}

bool lend_reset_methods_has(const struct lend_reset_methods *reset, const char *method)
{
	for (size_t i = 0; i < reset->count; i++)
		if (strcmp(reset->methods[i], method) == 0)
			return true;
	return false;
}
