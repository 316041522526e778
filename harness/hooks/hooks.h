/* hooks.h - the face of this room: what a run needs around it.  Everything else here is called by the code under test
 * or by a sanitizer. */
#ifndef HEDDLE_HOOKS_HOOKS_H
#define HEDDLE_HOOKS_HOOKS_H

#include "hooks/memory.h"

/* Once a process, on the thread that runs will be on, before any code under test has run: remembers what its variables
 * hold. */
void hooks_init(void);
/* Before each run: variables of the code under test are put back, models and accounts are empty. */
void hooks_begin(void);
/* After each run: gives back what it left; *leak says what that was. */
void hooks_end(struct memory_leak *leak);
/* After hooks_begin(), for this run: the nth allocation (from 1) of the code under test finds no memory, and with
 * `all_after` every later one. */
void hooks_starve(uint32_t nth, bool all_after);
/* Whether one has. */
bool hooks_starved(void);
/* Likewise: `forbidden` is asked at each free of a living block; where it says true, that is a failure.  It may run
 * code under test, which then takes no points. */
void hooks_watch_frees(bool (*forbidden)(const void *block));
/* Has calls from code that was not compiled as code under test count as its own: for libraries that cannot be
 * recompiled. */
void hooks_admit_foreign_code(void);
/* Marks the calling OS thread as one that carries tasks. */
void hooks_adopt_thread(void);
/* The text of the sanitizer's report of the last failure it saw, for a report's file; "" where it gives none. */
const char *hooks_report_text(void);
/* While on, sanitizers write reports in full (replay); off, they only call back (fuzzing). */
void hooks_keep_reports(bool on);

#endif
