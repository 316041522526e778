/* results.c - see results.h. */
#include "triage/experiment/results.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const results_state_names[RESULTS_STATE_FIELDS] = {
#define STATE(field) #field,
    TRIAL_STATE(STATE)
#undef STATE
};

void results_add(struct results *results, uint64_t number, const struct experiment_trial *trial) {
  size_t count = results->count;
  if ((count & (count + 1)) == 0) { /* room for twice as many and one, at 0, 1, 3, 7 ... */
    results->rows = reallocarray(results->rows, 2 * count + 1, sizeof *results->rows);
    if (!results->rows)
      abort();
  }
  struct results_row *row = &results->rows[results->count++];
  *row = (struct results_row){.number = number,
                              .outcome = trial->outcome,
                              .time_s = trial->time_s,
                              .operations = trial->operations,
                              .state_known = trial->state_known,
                              .state = trial->state};
  memcpy(row->detail, trial->detail, sizeof row->detail);
  results->guarded = trial->guarded;
  for (unsigned i = 0; i < LATENCY_BUCKETS; ++i)
    results->latencies[i] += trial->latencies[i];
  if (trial->outcome == EXPERIMENT_HUNG && !results->waits) {
    results->waits = strdup(trial->waits);
    results->waits_number = number;
    if (!results->waits)
      abort();
  }
}

void results_free(struct results *results) {
  free(results->rows);
  free(results->waits);
  *results = (struct results){0};
}

bool results_have(const struct results *results, uint64_t number) {
  for (size_t i = 0; i < results->count; ++i)
    if (results->rows[i].number == number)
      return true;
  return false;
}

static bool belongs(const struct results_row *row, enum results_which which) {
  bool survived = row->outcome == EXPERIMENT_SURVIVED;
  return which == RESULTS_ALL || survived == (which == RESULTS_SURVIVED);
}

size_t results_count(const struct results *results, enum results_which which) {
  size_t count = 0;
  for (size_t i = 0; i < results->count; ++i)
    count += belongs(&results->rows[i], which);
  return count;
}

/* ---- spreads ---- */

static int compare(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static struct results_spread spread_of(double *numbers, size_t count) {
  struct results_spread spread = {count, NAN, NAN, NAN, NAN, NAN};
  double sum = 0, squares = 0;
  if (count == 0)
    return spread;
  qsort(numbers, count, sizeof *numbers, compare);
  for (size_t i = 0; i < count; ++i)
    sum += numbers[i];
  spread.mean = sum / (double)count;
  for (size_t i = 0; i < count; ++i)
    squares += (numbers[i] - spread.mean) * (numbers[i] - spread.mean);
  if (count > 1)
    spread.sd = sqrt(squares / (double)(count - 1));
  spread.median = (numbers[(count - 1) / 2] + numbers[count / 2]) / 2;
  spread.least = numbers[0];
  spread.most = numbers[count - 1];
  return spread;
}

struct results_spread results_spread(const struct results *results, enum results_which which,
                                     results_number_fn number) {
  double *numbers = calloc(results->count + 1, sizeof *numbers);
  size_t count = 0;
  if (!numbers)
    abort();
  for (size_t i = 0; i < results->count; ++i)
    if (belongs(&results->rows[i], which))
      numbers[count++] = number(&results->rows[i]);
  struct results_spread spread = spread_of(numbers, count);
  free(numbers);
  return spread;
}

double results_time_s(const struct results_row *row) { return row->time_s; }
double results_operations(const struct results_row *row) { return (double)row->operations; }

struct results_spread results_state(const struct results *results, enum results_which which, size_t field) {
  double *numbers = calloc(results->count + 1, sizeof *numbers);
  size_t count = 0;
  assert(field < RESULTS_STATE_FIELDS && "a field of the state");
  if (!numbers)
    abort();
  for (size_t i = 0; i < results->count; ++i) {
    const struct results_row *row = &results->rows[i];
    uint64_t values[RESULTS_STATE_FIELDS];
    memcpy(values, &row->state, sizeof values);
    if (belongs(row, which) && row->state_known)
      numbers[count++] = (double)values[field];
  }
  struct results_spread spread = spread_of(numbers, count);
  free(numbers);
  return spread;
}

/* ---- kinds ---- */

static int by_count(const void *a, const void *b) {
  const struct results_kind *left = a, *right = b;
  if (left->count != right->count)
    return left->count < right->count ? 1 : -1;
  return left->outcome != right->outcome ? (int)left->outcome - (int)right->outcome
                                         : strcmp(left->detail, right->detail);
}

size_t results_kinds(const struct results *results, struct results_kind *kinds, size_t size) {
  size_t count = 0;
  for (size_t i = 0; i < results->count; ++i) {
    const struct results_row *row = &results->rows[i];
    const char *detail = row->outcome == EXPERIMENT_BROKEN ? "" : row->detail;
    size_t at = 0;
    if (row->outcome == EXPERIMENT_SURVIVED)
      continue;
    while (at < count && (kinds[at].outcome != row->outcome || strcmp(kinds[at].detail, detail) != 0))
      ++at;
    if (at < count)
      ++kinds[at].count;
    else if (count < size)
      kinds[count++] = (struct results_kind){row->outcome, detail, 1};
  }
  qsort(kinds, count, sizeof *kinds, by_count);
  return count;
}
