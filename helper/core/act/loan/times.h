/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How long the steps took, for the log. Private to this room. */

#include "engine.h"

/**
 * Notes "win11: lent 2 functions: console 12 ms, unbind 310 ms, probe 44 ms". Targets of a step are done side by
 * side, so a step's time is from its first one's begin to its last one's end.
 */
void lend_loan_note_times(const struct lend_engine *engine, enum lend_direction direction);
