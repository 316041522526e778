/* death.h - what a trial still writes down when it dies: when, by what, how far the threads had come, and what the map
 * looked like.
 *
 * A signal of the code under test, or a sanitizer's report, comes here first.  The other threads are asked to stop
 * where they stand, so that the map can be looked at; a map that cannot be looked at any more ends the process in a
 * moment, with what was known before. */
#ifndef HEDDLE_CHAOS_DEATH_H
#define HEDDLE_CHAOS_DEATH_H

#include <stdbool.h>

#include "chaos/trial.h"

/* From now on; once a process. */
void death_watch(struct trial *trial);

extern bool death_stopping; /* internal: read through death_stops */

/* True once the trial has failed: do no more. */
static inline bool death_stops(void) { return __atomic_load_n(&death_stopping, __ATOMIC_RELAXED); }

#endif
