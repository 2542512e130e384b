/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/**
 * Fills descriptors 0 to 2 where the caller of this program closed them, so that no file that it opens later gets their
 * number: what is printed would then go into that file, and a child's /dev/null would replace it. Each is opened the
 * wrong way round, so that using it still fails, as it does with a closed one. The first thing that a program does.
 */
void lend_standard_streams_fill(void);
