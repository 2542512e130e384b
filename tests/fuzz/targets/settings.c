/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's configuration. */
#include "lendpci/base/settings.h"

#include "fuzz.h"
#include "lendpci/base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct lend_fs *fs = fuzz_host("lab");
	struct lend_settings settings = { 0 };
	struct lend_error error = { 0 };
	int r;

	fuzz_put("etc/lendpci/lendpci.conf", data, size);
	r = lend_settings_load(fs, &settings, &error);
	FUZZ_RULE(r == 0 || *error.text, "a refusal has a sentence");
	FUZZ_RULE(r < 0 || (settings.unbind_deadline_ms >= 1000 && settings.unbind_deadline_ms <= 600 * 1000 &&
			    lend_holders_policy_name(settings.holders)),
		  "what is taken is within its bounds");
	return 0;
}
