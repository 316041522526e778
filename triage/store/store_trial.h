/* store_trial.h - chaos experiments and their trials.  The rules of store.h hold. */
#ifndef HEDDLE_STORE_STORE_TRIAL_H
#define HEDDLE_STORE_STORE_TRIAL_H

#include "triage/store/store.h"

/* One workload on one build and machine; the same again is the same experiment. */
struct store_experiment {
  const char *target, *map, *flavour, *build_id;
  const char *machine, *workload, *clock;
  double timeout_s;
  uint64_t seed;
};

/* Finds it, or adds it. */
bool store_put_experiment(struct store *store, const struct store_experiment *experiment, int64_t now_s, int64_t *id,
                          struct finding_error *error);

struct store_trial {
  uint64_t number, seed;
  const char *outcome, *detail;
  double time_s; /* finite */
  uint64_t operations;
  bool guarded;
  const char *state, *threads, *latencies, *waits;
  int64_t ended_s;
};

/* A number that the experiment has already is an error: another process runs the same trials. */
bool store_put_trial(struct store *store, int64_t experiment, const struct store_trial *trial,
                     struct finding_error *error);

typedef bool (*store_trial_fn)(void *context, const struct store_trial *trial);

/* By number. */
bool store_each_trial(struct store *store, int64_t experiment, store_trial_fn fn, void *context,
                      struct finding_error *error);

#endif
