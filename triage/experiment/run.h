/* run.h - one trial in a process of its own. */
#ifndef HEDDLE_EXPERIMENT_RUN_H
#define HEDDLE_EXPERIMENT_RUN_H

#include "triage/experiment/outcome.h"
#include "triage/finding/finding.h"

struct experiment_run {
  const char *program; /* path of chaos_<flavour> */
  const struct workload *workload;
  uint64_t seed;
  double timeout_s;   /* an operation that takes longer hangs */
  bool (*stop)(void); /* asked ten times a second: true ends the trial; NULL: nothing does */
};

/* The seed of a trial: it follows from the experiment's and the number alone, so that trials of the same number ask for
 * the same keys whatever else the workloads differ in. */
uint64_t experiment_seed(uint64_t seed, uint64_t number);

enum experiment_end {
  EXPERIMENT_DONE,
  EXPERIMENT_STOPPED,   /* nothing is said of it */
  EXPERIMENT_REFUSED,   /* *error says what the workload has wrong for this program or machine */
  EXPERIMENT_NO_PROGRAM /* *error says why it could not be tried */
};

/* Runs the trial and waits for its end.  The sanitizers end it at their first report. */
enum experiment_end experiment_run(const struct experiment_run *run, struct experiment_trial *trial,
                                   struct finding_error *error);

#endif
