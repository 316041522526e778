/* worker.h - a fuzzing process's side of a campaign: its counters, and the failing inputs it hands over. PROTOCOL.md.
 */
#ifndef HEDDLE_TARGET_WORKER_H
#define HEDDLE_TARGET_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/options.h"
#include "target/run.h"

/* Opens DIR/workers/NAME; ends the process with one line and EXIT_NO_START where that cannot be. */
void worker_open(const struct options *options);
/* True where the process belongs to a campaign. */
bool worker_is_open(void);

/* Counts a run.  Failures are taken from failure_at(); a failing input is handed over where it is among the first of
 * one of its raw keys, or all are to be. */
void worker_count(const struct run_result *result, const uint8_t *input, size_t size);
/* Counts a determinism check. */
void worker_count_check(bool diverged);

#endif
