/* outcome.h - what became of one trial. */
#ifndef HEDDLE_EXPERIMENT_OUTCOME_H
#define HEDDLE_EXPERIMENT_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "triage/trial/page.h"

/* OUTCOME(name, text, sentence): the first is no failure, all others are. */
#define EXPERIMENT_OUTCOMES(OUTCOME)                                                                                   \
  OUTCOME(SURVIVED, "survived", "all was done, and the map was sound at rest")                                         \
  OUTCOME(FATAL, "fatal-error", "the map's own guard ended it")                                                        \
  OUTCOME(DIED, "signal", "a signal ended it")                                                                         \
  OUTCOME(REPORTED, "sanitizer", "a sanitizer reported an error")                                                      \
  OUTCOME(BROKEN, "invariant", "the map's own check found it wrong at rest")                                           \
  OUTCOME(HUNG, "hang", "an operation did not come to its end in time")

enum experiment_outcome {
#define OUTCOME(name, text, sentence) EXPERIMENT_##name,
  EXPERIMENT_OUTCOMES(OUTCOME)
#undef OUTCOME
      EXPERIMENT_OUTCOME_COUNT
};

#define EXPERIMENT_DETAIL 160
#define EXPERIMENT_WAITS 4096

struct experiment_trial {
  enum experiment_outcome outcome;
  char detail[EXPERIMENT_DETAIL]; /* which guard, signal, report, invariant; printable ASCII; "" where it survived */
  /* From the first thread's start to the failure; to the end of the last thread where it survived, and where what is
   * broken was found at rest.  A hang's failure is the beginning of the first operation that did not end. */
  double time_s;
  uint64_t operations; /* completed by then, over all threads */
  bool guarded;        /* the map allows what the trial did */
  bool state_known;
  struct trial_state state; /* of the map at its failure, or at rest */
  unsigned threads;
  uint64_t thread_operations[WORKLOAD_THREADS_MAX]; /* completed by each at the very end */
  uint64_t latencies[LATENCY_BUCKETS];              /* of every operation that was completed */
  char waits[EXPERIMENT_WAITS];                     /* of a hang: who waits for whom, a line each */
};

const char *experiment_outcome_text(enum experiment_outcome outcome);
/* False where no outcome is called that. */
bool experiment_outcome_parse(const char *text, enum experiment_outcome *outcome);

#endif
