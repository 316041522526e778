/* crash.h - signals that the code under test causes, as failures: for modes that run one input and report.
 *
 * While fuzzing they are the engine's, which saves the input and ends the process. */
#ifndef HEDDLE_TARGET_CRASH_H
#define HEDDLE_TARGET_CRASH_H

#include <stdbool.h>

/* Once a process. */
void crash_init(void);
/* Before each run: the next signal is the code under test's again.  A second one in the same run is our own fault, and
 * ends the process. */
void crash_begin(void);
/* Calls function(arg); false where it crashed. Outside of a run only. */
bool crash_guard(void (*function)(void *arg), void *arg);

#endif
