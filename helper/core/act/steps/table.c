/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps of a loan, in order. A return walks the table backwards.
 *
 * The order is a contract between the steps; tests/unit/act/steps/test_table.c has a test for each rule:
 *   - wider scopes first: what is done for the whole loan is there before any function changes, and goes last;
 *   - a session ends after the display manager, which would open another one at once;
 *   - a desktop lets go of a card before the card's text and driver do;
 *   - units, sessions and consoles let go of a function before its driver does;
 *   - the firmware's framebuffer goes after the text that is drawn on it;
 *   - a function is awake before its driver goes;
 *   - a disk is awake, and has written out what it has cached, before its driver goes;
 *   - unbind and probe are two steps: between them no driver has the function, which is when BARs can be resized, and
 *     they are as before when the host driver comes back.
 */
#include <string.h>

#include "lendpci/act/steps/step.h"

#define STEPS(STEP)                                                                                                    \
	STEP(vfio_module)                                                                                              \
	STEP(units)                                                                                                    \
	STEP(sessions)                                                                                                 \
	STEP(release)                                                                                                  \
	STEP(console)                                                                                                  \
	STEP(framebuffer)                                                                                              \
	STEP(power)                                                                                                    \
	STEP(reset_method)                                                                                             \
	STEP(flush)                                                                                                    \
	STEP(unbind)                                                                                                   \
	STEP(rebar)                                                                                                    \
	STEP(probe)

#define DECLARE(name) extern const struct lend_step lend_step_##name;
#define ROW(name) &lend_step_##name,

STEPS(DECLARE)

const struct lend_step *const lend_steps[] = { STEPS(ROW) NULL };

const struct lend_step *lend_step_find(const char *name)
{
	for (const struct lend_step *const *step = lend_steps; *step; step++)
		if (strcmp((*step)->name, name) == 0)
			return *step;
	return NULL;
}
