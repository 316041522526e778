/* chaos_json.c - what chaos trials came to, as one JSON object (chaos.h). */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "triage/cmd/chaos.h"
#include "triage/cmd/chaos_mtbf.h"
#include "triage/cmd/chaos_sensitivity.h"
#include "triage/cmd/wilson.h"
#include "triage/reliability/slo.h"

#define KINDS_MAX 64

static json_t *real(double number) { return isfinite(number) ? json_real(number) : json_null(); }

static json_t *spread(const struct results_spread *numbers) {
  return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "count", (json_int_t)numbers->count, "mean", real(numbers->mean),
                   "sd", real(numbers->sd), "median", real(numbers->median), "least", real(numbers->least), "most",
                   real(numbers->most));
}

static json_t *share(size_t count, size_t trials) {
  struct wilson_interval interval = {0, 1};
  if (trials)
    interval = wilson_interval(count, trials);
  return json_pack("{s:I, s:I, s:o, s:[f,f]}", "count", (json_int_t)count, "trials", (json_int_t)trials, "share",
                   real(trials ? (double)count / (double)trials : NAN), "interval", interval.lower, interval.upper);
}

static json_t *kinds_of(const struct results *results) {
  struct results_kind kinds[KINDS_MAX];
  size_t count = results_kinds(results, kinds, KINDS_MAX);
  json_t *list = json_array();
  for (size_t i = 0; i < count; ++i)
    json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "outcome", experiment_outcome_text(kinds[i].outcome),
                                          "detail", kinds[i].detail, "of", share(kinds[i].count, results->count)));
  return list;
}

/* The state's fields over the trials of one sort; null where it is known of none. */
static json_t *state_of(const struct results *results, enum results_which which) {
  if (results_state(results, which, 0).count == 0)
    return json_null();
  json_t *state = json_object();
  for (size_t i = 0; i < RESULTS_STATE_FIELDS; ++i) {
    struct results_spread numbers = results_state(results, which, i);
    json_object_set_new(state, results_state_names[i], spread(&numbers));
  }
  return state;
}

static json_t *sort_of(const struct results *results, enum results_which which) {
  struct results_spread times = results_spread(results, which, results_time_s);
  struct results_spread operations = results_spread(results, which, results_operations);
  return json_pack("{s:o, s:o, s:o, s:o}", "of", share(results_count(results, which), results->count), "time_s",
                   spread(&times), "operations", spread(&operations), "state", state_of(results, which));
}

static json_t *latency_of(const struct results *results) {
  static const struct {
    const char *name;
    double share;
  } quantiles[] = {{"p50_ns", 0.5}, {"p99_ns", 0.99}, {"p999_ns", 0.999}};
  uint64_t total = latency_total(results->latencies);
  json_t *latency = json_pack("{s:I}", "operations", (json_int_t)total);
  for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; ++i)
    json_object_set_new(latency, quantiles[i].name,
                        real(total ? latency_quantile_ns(results->latencies, quantiles[i].share) : NAN));
  return latency;
}

static json_t *trials_of(const struct results *results) {
  json_t *list = json_array();
  for (size_t i = 0; i < results->count; ++i) {
    const struct results_row *row = &results->rows[i];
    json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:f, s:I}", "number", (json_int_t)row->number, "outcome",
                                          experiment_outcome_text(row->outcome), "detail", row->detail, "time_s",
                                          row->time_s, "operations", (json_int_t)row->operations));
  }
  return list;
}

static json_t *interval(struct interval ends) { return json_pack("[o,o]", real(ends.lower), real(ends.upper)); }

static json_t *mtbf_of(const struct results *results, results_number_fn number) {
  struct chaos_mtbf mtbf = chaos_mtbf(results, number);
  const struct weibull_fit *fit = &mtbf.weibull;
  return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:o}", "status",
                   weibull_status_name(fit->status), "failures", real(mtbf.failures), "exposure", real(mtbf.exposure),
                   "beta", real(fit->beta), "eta", real(fit->eta), "mtbf", real(fit->mtbf), "beta_lr",
                   interval(mtbf.intervals.beta), "mtbf_lr", interval(mtbf.intervals.mtbf), "exponential", "mtbf",
                   real(mtbf.exponential), "lower", real(mtbf.exponential_interval.lower), "upper",
                   real(mtbf.exponential_interval.upper), "at_least", real(mtbf.at_least));
}

static json_t *workload_of(const struct workload *workload) {
  json_t *settings = json_object();
  for (unsigned i = 0; i < WORKLOAD_SETTING_COUNT; ++i) {
    char value[WORKLOAD_TEXT];
    workload_value(workload, (enum workload_setting)i, value, sizeof value);
    json_object_set_new(settings, workload_settings[i].name, json_string(value));
  }
  return settings;
}

/* null where nothing was promised. */
static json_t *slo_of(const struct chaos_plan *plan, const struct results *results) {
  if (plan->slo_threshold_s <= 0)
    return json_null();
  struct chaos_mtbf mtbf = chaos_mtbf(results, results_time_s);
  struct slo_evidence slo = slo_weigh(plan->slo_threshold_s, mtbf.failures, mtbf.exposure, CHAOS_CONFIDENCE);
  return json_pack("{s:s, s:f, s:o, s:o, s:o, s:o}", "verdict", slo_verdict_name(slo.verdict), "threshold_s",
                   slo.threshold, "lower_s", real(slo.lower), "upper_s", real(slo.upper), "needed_s", real(slo.needed),
                   "still_needed_s", real(slo.still_needed));
}

static json_t *cell_of(const struct chaos_plan *plan, const struct chaos_cell *cell) {
  const struct results *results = &cell->results;
  return json_pack("{s:o, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s?, s:o}", "workload",
                   workload_of(&cell->workload), "build_id", cell->build_id, "allowed", (int)results->guarded, "failed",
                   sort_of(results, RESULTS_FAILED), "survived", sort_of(results, RESULTS_SURVIVED), "mtbf_s",
                   plan->slice ? json_null() : mtbf_of(results, results_time_s), "mtbf_operations",
                   mtbf_of(results, results_operations), "slo", slo_of(plan, results), "kinds", kinds_of(results),
                   "latency", latency_of(results), "waits", results->waits, "trials", trials_of(results));
}

json_t *chaos_json(const struct chaos_plan *plan) {
  json_t *cells = json_array();
  for (size_t i = 0; i < plan->count; ++i)
    json_array_append_new(cells, cell_of(plan, &plan->cells[i]));
  json_t *json =
      json_pack("{s:s, s:s, s:I, s:I, s:f, s:s, s:I, s:f, s:b, s:o, s:o}", "flavour", plan->flavour, "machine",
                plan->machine, "seed", (json_int_t)plan->seed, "trials", (json_int_t)plan->trials, "timeout_s",
                plan->timeout_s, "clock", plan->slice ? "operations" : "wall", "slice", (json_int_t)plan->slice,
                "confidence", WILSON_CONFIDENCE, "stopped", (int)plan->stopped, "workloads", cells, "sensitivity",
                plan->sensitivity ? chaos_sensitivity_json(plan) : json_null());
  if (!json)
    abort();
  return json;
}
