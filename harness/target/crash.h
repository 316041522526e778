/* crash.h - signals that the code under test causes, as failures of the run.
 *
 * The handlers stand before the engine's and the sanitizer's: those would go on allocating, printing and exiting in the
 * middle of a run.  A signal from the harness's own code, or from outside a run, has its usual effect. */
#ifndef HEDDLE_TARGET_CRASH_H
#define HEDDLE_TARGET_CRASH_H

#include <stdbool.h>

/* Once a process, before an engine sets handlers of its own. */
void crash_init(void);
/* Before each run: the next signal is the code under test's again.  A second one in the same run is our own fault, and
 * ends the process. */
void crash_begin(void);
/* Whether a signal ended the last run. */
bool crash_seen(void);
/* Calls function(arg); false where it crashed.  Outside of a run only. */
bool crash_guard(void (*function)(void *arg), void *arg);

#endif
