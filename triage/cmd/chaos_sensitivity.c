/* chaos_sensitivity.c - see chaos_sensitivity.h. */
#include "triage/cmd/chaos_sensitivity.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define Z 1.959963984540054 /* the normal distribution has 95 % between -Z and Z */

/* ---- one effect ---- */

static const struct results_row *find(const struct results *results, uint64_t number) {
  for (size_t i = 0; i < results->count; ++i)
    if (results->rows[i].number == number)
      return &results->rows[i];
  return NULL;
}

struct means {
  double time, failed;
};

static double failed(const struct results_row *row) { return row->outcome != EXPERIMENT_SURVIVED; }

/* How much a trial pulls at ln(time / failures). */
static double pull(const struct results_row *row, results_number_fn number, const struct means *means) {
  return number(row) / means->time - failed(row) / means->failed;
}

struct chaos_effect chaos_effect(const struct results *low, const struct results *high, double span,
                                 results_number_fn number) {
  struct means lows = {0, 0}, highs = {0, 0};
  struct chaos_effect effect = {NAN, NAN, 0};
  for (size_t i = 0; i < low->count; ++i) {
    const struct results_row *pair = find(high, low->rows[i].number);
    if (!pair)
      continue;
    ++effect.pairs;
    lows.time += number(&low->rows[i]), lows.failed += failed(&low->rows[i]);
    highs.time += number(pair), highs.failed += failed(pair);
  }
  double n = (double)effect.pairs, squares = 0;
  if (!(lows.time > 0 && highs.time > 0 && lows.failed > 0 && highs.failed > 0))
    return effect;
  effect.value = (log(highs.time / highs.failed) - log(lows.time / lows.failed)) / span;
  lows.time /= n, lows.failed /= n, highs.time /= n, highs.failed /= n;
  for (size_t i = 0; i < low->count; ++i) {
    const struct results_row *pair = find(high, low->rows[i].number);
    double difference = pair ? pull(pair, number, &highs) - pull(&low->rows[i], number, &lows) : 0;
    squares += difference * difference;
  }
  if (effect.pairs > 1)
    effect.error = sqrt(squares / (n * (n - 1))) / fabs(span);
  return effect;
}

/* ---- the workloads ---- */

/* Cells of a varied plan: the workload itself, then two for each factor. */
enum { BASE, FEWER_THREADS, MORE_THREADS, LESS_CAPACITY, MORE_CAPACITY, KEY_A, KEY_B, VARIED_COUNT };

void chaos_vary(struct chaos_plan *plan) {
  assert(plan->count == 1 && "one workload");
  struct workload base = plan->cells[0].workload;
  struct chaos_cell *cells = calloc(VARIED_COUNT, sizeof *cells);
  if (!cells)
    abort();
  for (unsigned i = 0; i < VARIED_COUNT; ++i)
    cells[i].workload = base;
  /* Half and twice as many; where there is no room on one side, both on the other. */
  unsigned fewer = base.threads < 4                          ? base.threads * 2
                   : base.threads > WORKLOAD_THREADS_MAX / 2 ? base.threads / 4
                                                             : base.threads / 2;
  cells[FEWER_THREADS].workload.threads = fewer;
  cells[MORE_THREADS].workload.threads =
      base.threads > WORKLOAD_THREADS_MAX / 2 || base.threads < 4 ? fewer * 2 : base.threads * 2;
  uint64_t capacity = base.capacity ? base.capacity : base.keys; /* around what it comes to hold by itself */
  cells[LESS_CAPACITY].workload.capacity = capacity > 1 ? capacity / 2 : 1;
  cells[MORE_CAPACITY].workload.capacity = capacity * 2;
  cells[KEY_A].workload.key = (enum workload_key)((base.key + 1) % WORKLOAD_KEY_COUNT);
  cells[KEY_B].workload.key = (enum workload_key)((base.key + 2) % WORKLOAD_KEY_COUNT);
  free(plan->cells);
  plan->cells = cells;
  plan->count = VARIED_COUNT;
}

/* ---- the table ---- */

struct factor {
  char what[96];
  bool elasticity; /* else the logarithm of a ratio */
  struct chaos_effect effect;
};

#define FACTORS 4

static double setting_of(const struct workload *workload, enum workload_setting setting) {
  return setting == WORKLOAD_threads ? workload->threads : (double)workload->capacity;
}

static void compare_numbers(const struct chaos_plan *plan, enum workload_setting setting, unsigned low, unsigned high,
                            struct factor *factor) {
  double from = setting_of(&plan->cells[low].workload, setting), to = setting_of(&plan->cells[high].workload, setting);
  snprintf(factor->what, sizeof factor->what, "%s %.0f to %.0f", workload_settings[setting].name, from, to);
  factor->elasticity = true;
  factor->effect =
      chaos_effect(&plan->cells[low].results, &plan->cells[high].results, log(to / from), chaos_clock(plan));
}

static void compare_keys(const struct chaos_plan *plan, unsigned other, struct factor *factor) {
  char from[16], to[16];
  workload_value(&plan->cells[BASE].workload, WORKLOAD_key, from, sizeof from);
  workload_value(&plan->cells[other].workload, WORKLOAD_key, to, sizeof to);
  snprintf(factor->what, sizeof factor->what, "key %s to %s", from, to);
  factor->elasticity = false;
  factor->effect = chaos_effect(&plan->cells[BASE].results, &plan->cells[other].results, 1, chaos_clock(plan));
}

static double sureness(const struct factor *factor) {
  double z = fabs(factor->effect.value) / factor->effect.error;
  return isfinite(z) ? z : -1;
}

static int by_sureness(const void *a, const void *b) {
  double left = sureness(a), right = sureness(b);
  return (left < right) - (left > right);
}

static void compare_all(const struct chaos_plan *plan, struct factor factors[FACTORS]) {
  compare_numbers(plan, WORKLOAD_threads, FEWER_THREADS, MORE_THREADS, &factors[0]);
  compare_numbers(plan, WORKLOAD_capacity, LESS_CAPACITY, MORE_CAPACITY, &factors[1]);
  compare_keys(plan, KEY_A, &factors[2]);
  compare_keys(plan, KEY_B, &factors[3]);
  qsort(factors, FACTORS, sizeof *factors, by_sureness);
}

static const char *verdict_of(const struct factor *factor) {
  return sureness(factor) < 0   ? "unknown: too few failures"
         : sureness(factor) > Z ? "differs from zero"
                                : "may be zero";
}

void chaos_print_sensitivity(const struct chaos_plan *plan, struct text_style style) {
  struct factor factors[FACTORS];
  compare_all(plan, factors);
  printf(
      "\n%swhat the MTBF depends on%s, the surest first: elasticity, %% of MTBF for 1 %% of the factor; of key types, "
      "ln of the ratio of MTBFs\n",
      style.bold, style.end);
  for (unsigned i = 0; i < FACTORS; ++i) {
    const struct chaos_effect *effect = &factors[i].effect;
    printf("  %-28s %-10s ", factors[i].what, factors[i].elasticity ? "elasticity" : "ln ratio");
    if (isfinite(effect->value))
      printf("%+6.2f, standard error %.2f, 95 %% %+.2f to %+.2f, of %zu pairs: ", effect->value, effect->error,
             effect->value - Z * effect->error, effect->value + Z * effect->error, effect->pairs);
    printf("%s\n", verdict_of(&factors[i]));
  }
}

json_t *chaos_sensitivity_json(const struct chaos_plan *plan) {
  struct factor factors[FACTORS];
  json_t *list = json_array();
  compare_all(plan, factors);
  for (unsigned i = 0; i < FACTORS; ++i) {
    const struct chaos_effect *effect = &factors[i].effect;
    json_t *value = isfinite(effect->value) ? json_real(effect->value) : json_null();
    json_t *error = isfinite(effect->error) ? json_real(effect->error) : json_null();
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:o, s:o, s:I, s:s}", "factor", factors[i].what, "measure",
                                    factors[i].elasticity ? "elasticity" : "ln-ratio", "value", value, "standard_error",
                                    error, "pairs", (json_int_t)effect->pairs, "verdict", verdict_of(&factors[i])));
  }
  return list;
}
