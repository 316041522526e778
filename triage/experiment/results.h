/* results.h - the trials of one experiment, and what is counted over them.  Pure, but for memory: which there must be.
 */
#ifndef HEDDLE_EXPERIMENT_RESULTS_H
#define HEDDLE_EXPERIMENT_RESULTS_H

#include <stddef.h>

#include "triage/experiment/outcome.h"

/* What is kept of a trial. */
struct results_row {
  uint64_t number; /* from 0 */
  enum experiment_outcome outcome;
  char detail[EXPERIMENT_DETAIL];
  double time_s;
  uint64_t operations;
  bool state_known;
  struct trial_state state;
};

struct results {
  struct results_row *rows; /* in the order of adding */
  size_t count;
  bool guarded;                        /* as the last one said */
  uint64_t latencies[LATENCY_BUCKETS]; /* of all */
  char *waits;                         /* of the first hang; NULL: there was none */
  uint64_t waits_number;               /* which trial that was */
};

void results_add(struct results *results, uint64_t number, const struct experiment_trial *trial);
void results_free(struct results *results);
bool results_have(const struct results *results, uint64_t number);

/* Of a number per trial.  sd: with n - 1; NAN where fewer than two, all NAN where there is none. */
struct results_spread {
  size_t count;
  double mean, sd, median, least, most;
};

enum results_which { RESULTS_FAILED, RESULTS_SURVIVED, RESULTS_ALL };

size_t results_count(const struct results *results, enum results_which which);

typedef double (*results_number_fn)(const struct results_row *row);
struct results_spread results_spread(const struct results *results, enum results_which which, results_number_fn number);
double results_time_s(const struct results_row *row);
double results_operations(const struct results_row *row);

/* One way to fail.  What an invariant says is particular to a trial and does not tell kinds apart. */
struct results_kind {
  enum experiment_outcome outcome;
  const char *detail; /* "" for an invariant; lives as long as the rows */
  size_t count;
};

/* The kinds among the failures, the most frequent first; at most `size` of them.  Returns how many. */
size_t results_kinds(const struct results *results, struct results_kind *kinds, size_t size);

/* A field of the map's state over the trials that `which` names and of which it is known. */
struct results_spread results_state(const struct results *results, enum results_which which, size_t field);
#define RESULTS_STATE_FIELDS (sizeof(struct trial_state) / sizeof(uint64_t))
extern const char *const results_state_names[RESULTS_STATE_FIELDS];

#endif
