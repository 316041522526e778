/* virtual.h - one trial under the fuzzing engine's scheduler instead of on threads: its clock is operations, and the
 * same seed takes the same course. */
#ifndef HEDDLE_EXPERIMENT_VIRTUAL_H
#define HEDDLE_EXPERIMENT_VIRTUAL_H

#include "triage/experiment/run.h"

struct experiment_virtual {
  const char *generator; /* path of chaos_input */
  uint64_t slice;        /* scheduling points from switch to switch, on the average; at least 1 */
};

/* run->program is the target heddle_<map>_<flavour>.  Of *trial outcome, detail and operations are told, the rest is
 * empty: time_s is 0. */
enum experiment_end experiment_run_virtual(const struct experiment_run *run, const struct experiment_virtual *how,
                                           struct experiment_trial *trial, struct finding_error *error);

#endif
